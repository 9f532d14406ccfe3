import { assert } from '../../src/util/assert.ts'
import type { Publishing } from './actor.ts'
import { inlined } from './records.ts'
import { deciding, moved, type Turn, withLatePut } from './turn.ts'
import type { FinalDirectory, World } from './world.ts'

/** Makes visible what the head names; a redo leaves alone what has its `_SUCCESS`. */
export function beginPublish(turn: Turn, publishing: Publishing): World {
  const { committed, redo } = publishing
  if (committed.published) return deciding(turn, {})
  const visible = turn.world.finals[committed.attempt.batchTime]?.success === true
  if (redo && visible) return deciding(turn, { published: committed.attempt })
  return moved(turn, { pc: turn.rules.successFirst ? 'put-success' : 'put-part', publishing })
}

/** The part may arrive again when its sender is long gone: that is what a zombie's publish is. */
export function putPart(turn: Turn): World[] {
  const { attempt } = publishing(turn).committed
  const content = stagedOutput(turn)
  const puts = afterPart(turn).map((next) => withFinal(next, attempt.batchTime, { part: content }))
  return puts.flatMap((put) => [put, ...withLatePut(put, { kind: 'part', batchTime: attempt.batchTime, content })])
}

/**
 * Whoever ends with this batch gives the lease back beside the close. Of the two calls the close may come first, too; that
 * leads to no other worlds than to close, and to die or to be overtaken then.
 */
function afterPart(turn: Turn): World[] {
  if (turn.rules.successFirst) return [published(turn)]
  const giveBack = moved(turn, { pc: 'swap', swap: { kind: 'give-back' } })
  return publishing(turn).redo ? [close(turn)] : [close(turn), giveBack]
}

/** Also when the lease turns out to be somebody else's by now. */
export function close(turn: Turn): World {
  return moved(turn, { pc: 'put-success' })
}

export function putSuccess(turn: Turn): World {
  const { attempt } = publishing(turn).committed
  const next = turn.rules.successFirst ? moved(turn, { pc: 'put-part' }) : published(turn)
  return withFinal(next, attempt.batchTime, { success: true })
}

/** That it is done rides on the next swap. */
function published(turn: Turn): World {
  return deciding(turn, { published: publishing(turn).committed.attempt })
}

/** What the committed manifest names; a publisher has nothing else to go by. */
function stagedOutput(turn: Turn): string {
  const at = inlined(publishing(turn).committed.manifest).outputs[0]?.files[0]?.at
  assert(at?.kind === 'object', 'outputs of the model are staged as objects')
  return turn.world.objects[at.ref.key] ?? 'missing'
}

export function publishing({ actor }: Turn): Publishing {
  assert(actor.publishing !== undefined, 'a publish is under way')
  return actor.publishing
}

export function withFinal(world: World, batchTime: number, change: FinalDirectory): World {
  return { ...world, finals: { ...world.finals, [batchTime]: { ...world.finals[batchTime], ...change } } }
}

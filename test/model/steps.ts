import { SluiceError } from '../../src/util/errors.ts'
import { decideNext, run, stage } from './batch-steps.ts'
import { putPart, putSuccess, withFinal } from './publish-steps.ts'
import { arrived } from './register.ts'
import type { Rules } from './rules.ts'
import { settle, swap } from './swap-steps.ts'
import { deciding, moved, type Turn } from './turn.ts'
import type { LateRequest, Scope, World } from './world.ts'

/**
 * The worlds that one more input or output of an invocation can lead to: several where something outside decides. What it
 * makes of the answer by itself nobody can come between, so it belongs to the same step.
 */
export function steps(turn: Turn): World[] {
  try {
    return ofPlace(turn).map((world) => settledInside({ ...turn, world }))
  } catch (error) {
    // The protocol's own code refuses: the batch fails, and whoever comes next goes on.
    if (error instanceof SluiceError && error.code === 'assertion-failed') return [moved(turn, { pc: 'crashed' })]
    throw error
  }
}

function settledInside(turn: Turn): World {
  const actor = turn.world.actors[turn.index]
  if (actor?.pc === 'decide') return settledInside({ ...turn, world: decideNext({ ...turn, actor }) })
  if (actor?.pc === 'run' && !turn.scope.hasForeachRDD) return run({ ...turn, actor })
  return turn.world
}

function ofPlace(turn: Turn): World[] {
  switch (turn.actor.pc) {
    case 'read':
      return [deciding(turn, { head: turn.world.register })]
    case 'swap':
      return swap(turn)
    case 'settle':
      return [settle(turn)]
    case 'run':
      return [run(turn)]
    case 'stage':
      return stage(turn)
    case 'put-part':
      return putPart(turn)
    case 'put-success':
      return [putSuccess(turn)]
    default:
      return []
  }
}

/** Every world that can come after this one: any invocation goes on or dies, a late request arrives, the source gets a record. */
export function successors(world: World, scope: Scope, rules: Rules): World[] {
  const turns = world.actors.map((actor, index): Turn => ({ world, index, actor, scope, rules }))
  // Invocations that have not begun are all alike: which of them is next makes no difference.
  const fresh = turns.find(({ actor: { pc } }) => pc === 'read')
  const running = turns.filter((turn) => turn === fresh || !['read', 'ended', 'crashed'].includes(turn.actor.pc))
  const { faults, late, available } = world
  const fewer = { ...faults, crashes: faults.crashes - 1 }
  return [
    ...running.flatMap(steps),
    // One that has only read has left no trace.
    ...running
      .filter(({ actor: { pc } }) => faults.crashes > 0 && pc !== 'read')
      .map((turn) => moved({ ...turn, world: { ...world, faults: fewer } }, { pc: 'crashed' })),
    ...late.map((request) => delivered(world, request, rules)),
    ...(available < scope.records ? [{ ...world, available: available + 1 }] : []),
  ]
}

export function delivered(before: World, request: LateRequest, rules: Rules): World {
  const world = { ...before, late: before.late.filter((other) => other !== request) }
  switch (request.kind) {
    case 'swap':
      return arrived(world, request, rules)
    case 'object':
      return { ...world, objects: { ...world.objects, [request.key]: request.content } }
    default:
      return withFinal(world, request.batchTime, { part: request.content })
  }
}

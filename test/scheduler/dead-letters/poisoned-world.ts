import type { DeadLetter } from '../../../src/scheduler/dead-letters/dead-letter.ts'
import { readLetters } from '../../../src/scheduler/dead-letters/dead-letter.ts'
import { letterBox } from '../../../src/scheduler/dead-letters/stage-letters.ts'
import { manifests } from '../../../src/scheduler/history.ts'
import { World } from '../world.ts'

/** A world whose input directory holds these files, in the order of the batches that read them. */
export async function worldWith(files: Readonly<Record<string, string>>): Promise<World> {
  const world = new World()
  for (const [name, text] of Object.entries(files)) await put(world, name, text)
  return world
}

export async function put(world: World, name: string, text: string): Promise<void> {
  await world.place('memory://in').put(name, new TextEncoder().encode(text))
}

/** The lines of an output, by batch. */
export async function linesOf(world: World, output: string): Promise<Record<string, string[]>> {
  const lines: Record<string, string[]> = {}
  for (const [key, text] of await world.outputs()) {
    const [batch = ''] = key.split('/')
    if (!batch.startsWith(`${output}-`) || !key.includes('part-')) continue
    lines[batch] = [...(lines[batch] ?? []), ...text.trim().split('\n')]
  }
  return lines
}

/** What committed batches set apart, the oldest first. */
export async function committedLetters(world: World, app = 'poisoned'): Promise<DeadLetter[]> {
  const head = await world.register.read(app)
  const letters: DeadLetter[] = []
  if (head === undefined) return letters
  for await (const { deadLetters } of manifests(world.checkpoint, head)) {
    const made: DeadLetter[] = []
    for (const ref of deadLetters?.made ?? []) made.push(...(await readLetters(world.checkpoint, ref)))
    letters.unshift(...made)
  }
  return letters
}

/** Batches and records of what waits to be read again or given up. */
export async function openLetters(world: World, app = 'poisoned'): Promise<string[]> {
  const head = await world.register.read(app)
  const box = head && (await letterBox(world.checkpoint, head))
  return (box?.open ?? []).map(
    ({ batchTime, records, retry }) => `${batchTime}: ${records}${retry === true ? ' to be read again' : ''}`,
  )
}

import { allDone } from '../util/all-done.ts'
import { type Runtime, sourceOf } from './runtime.ts'

/**
 * Opens every input stream and lets receivers begin, before the first batch asks for what they took in. None begins where another
 * stream cannot be opened.
 */
export function startReceiving(runtime: Runtime): void {
  const sources = runtime.graph.inputs.map(({ uid }) => sourceOf(runtime, uid))
  for (const source of sources) source.start?.()
}

/**
 * The first step of a graceful stop: receivers take in nothing more, and everything that they accepted is stored. What
 * `pendingBlocks` counts then is drained by further batches.
 */
export async function stopReceiving(runtime: Runtime): Promise<void> {
  await allDone([...runtime.warm.sources.values()].map(async (source) => source.stopReceiving?.()))
}

/** Blocks that are stored and in no plan yet. */
export function pendingBlocks(runtime: Runtime): number {
  return [...runtime.warm.sources.values()].reduce((sum, source) => sum + (source.pending?.() ?? 0), 0)
}

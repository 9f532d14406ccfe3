import { CHUNK_RECORDS } from '../rdd/node.ts'

/** Elements that are here already, as a source hands them on: until it is told to stop. */
export function* inChunks(elements: readonly unknown[], signal: AbortSignal): Generator<readonly unknown[]> {
  for (let start = 0; start < elements.length; start += CHUNK_RECORDS) {
    signal.throwIfAborted()
    yield elements.slice(start, start + CHUNK_RECORDS)
  }
}

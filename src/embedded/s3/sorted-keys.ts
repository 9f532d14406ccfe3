import { compareUtf8 } from '../../util/utf8-order.ts'

const CHUNK_KEYS = 512

/** Keys in the order of their UTF-8 bytes: short sorted arrays in a row, so that a change moves a few hundred keys at most. */
export class SortedKeys {
  readonly #chunks: string[][] = [[]]

  /** The key must not be there yet. */
  add(key: string): void {
    const at = this.#chunkOf((other) => compareUtf8(other, key) < 0)
    const chunk = this.#chunks[at] as string[]
    chunk.splice(
      lowerBound(chunk, (other) => compareUtf8(other, key) < 0),
      0,
      key,
    )
    if (chunk.length > CHUNK_KEYS * 2) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_KEYS))
  }

  delete(key: string): void {
    const at = this.#chunkOf((other) => compareUtf8(other, key) < 0)
    const chunk = this.#chunks[at] as string[]
    const index = lowerBound(chunk, (other) => compareUtf8(other, key) < 0)
    if (chunk[index] === key) chunk.splice(index, 1)
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1)
  }

  /** All keys from the first on for which `isBefore` is false; it must be true for all before that. */
  *from(isBefore: (key: string) => boolean): Iterable<string> {
    const first = this.#chunkOf(isBefore)
    for (let at = first; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] as string[]
      for (let index = at === first ? lowerBound(chunk, isBefore) : 0; index < chunk.length; index++) {
        yield chunk[index] as string
      }
    }
  }

  /** The chunk that holds the first key that is not before; the last one if all are. */
  #chunkOf(isBefore: (key: string) => boolean): number {
    const at = lowerBound(this.#chunks, (chunk) => chunk.length > 0 && isBefore(chunk.at(-1) ?? ''))
    return Math.min(at, this.#chunks.length - 1)
  }
}

function lowerBound<T>(sorted: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(sorted[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}

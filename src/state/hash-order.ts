import { dealtByFirstBits, radixSorted } from './radix-sort.ts'

/** Slots in the order of their keys' hashes (unsigned, 32 bits). */
export interface HashedSlots {
  readonly hashes: Uint32Array
  readonly slots: Uint32Array
}

/** At least so many slots are sorted at a time, if there are. */
const RUN_SLOTS = 8192

/**
 * All slots in the order of their hashes, some at a time; equal ones as they come. Each run is sorted when it is asked for: who
 * writes them over several batches does not sort all in the first.
 */
export function* inHashOrder(hashes: Uint32Array): Generator<HashedSlots, void> {
  const { numbers, items, ends } = dealtByFirstBits({ numbers: hashes, items: hashes.map((_, slot) => slot) })
  let from = 0
  for (const end of ends) {
    if (end === from || (end - from < RUN_SLOTS && end < items.length)) continue
    const sorted = radixSorted({ numbers: numbers.subarray(from, end), items: items.subarray(from, end) })
    yield { hashes: sorted.numbers, slots: sorted.items }
    from = end
  }
}

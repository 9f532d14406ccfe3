import { radixSorted } from './radix-sort.ts'

/** Slots in the order of their keys' hashes (unsigned, 32 bits). */
export interface HashedSlots {
  readonly hashes: Uint32Array
  readonly slots: Uint32Array
}

/** Sorts slots by hash; equal ones as they come. */
export function sortedByHash(slots: Uint32Array, hashOf: (slot: number) => number): HashedSlots {
  const sorted = radixSorted({ numbers: slots.map(hashOf), items: slots })
  return { hashes: sorted.numbers, slots: sorted.items }
}

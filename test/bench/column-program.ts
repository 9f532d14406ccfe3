import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { READ_AT_ONCE } from '../../src/state/column.ts'
import { KeyIndex } from '../../src/state/key-index.ts'
import { radixSorted } from '../../src/state/radix-sort.ts'
import { Slab } from '../../src/state/slab.ts'
import { crc32c } from '../../src/util/crc32c.ts'
import { ValueWriter } from '../../src/util/value-writer.ts'
import type { Update } from './keyed-updates.ts'

/** Of each slot of the slab: its key, its count, the batch that changed it last. */
const [KEY, COUNT, TIME] = [0, 1, 2]
const WIDTH = 3

/** What the function gets in place of a `State`. */
class Handle {
  count: number | undefined

  getOption(): number | undefined {
    return this.count
  }

  update(count: number): void {
    this.count = count
  }
}

function counted(_key: number, add: number, state: Handle): number {
  const count = (state.getOption() ?? 0) + add
  state.update(count)
  return count
}

/**
 * The least that `mapWithState` has to do: a look-up and a call for each record, the results, the bytes of the changelog, one flush.
 * Written for whole numbers and this one function, over the engine's own columns: no partitions, no other types, no failures, no
 * protocol, no snapshots.
 */
export class ColumnProgram {
  readonly #slab = new Slab(WIDTH)
  readonly #keys = new KeyIndex(this.#slab)
  readonly #handle = new Handle()
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  apply(updates: readonly Update[], time: number): readonly number[] {
    const keys = updates.map(([key]) => key)
    const results: number[] = []
    const touched = new Uint32Array(updates.length)
    let length = 0
    for (let from = 0; from < keys.length; from += READ_AT_ONCE) {
      const until = Math.min(from + READ_AT_ONCE, keys.length)
      const slots = this.#find(keys, from, until)
      const times = this.#slab.numbersAt(slots, TIME)
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i] as number
        if (times[i] !== time && this.#isFirst(slot, time)) touched[length++] = slot
        results.push(this.#call(slot, updates[from + i] as Update))
      }
    }
    this.#store(touched.slice(0, length), time)
    return results
  }

  #find(keys: readonly number[], from: number, until: number): Uint32Array {
    const slots = this.#keys.findAll(keys, from, until)
    for (let i = 0; i < slots.length; i++) {
      if ((slots[i] as number) >= 0) continue
      const known = this.#keys.find(keys[from + i])
      slots[i] = known >= 0 ? known : this.#keys.add(keys[from + i])
    }
    return Uint32Array.from(slots)
  }

  /** Whether the batch has not touched the slot before. */
  #isFirst(slot: number, time: number): boolean {
    const at = slot * WIDTH + TIME
    if (this.#slab.numbers[at] === time) return false
    this.#slab.numbers[at] = time
    return true
  }

  #call(slot: number, [key, add]: Update): number {
    const at = slot * WIDTH + COUNT
    this.#handle.count = this.#slab.numbers[at]
    const result = counted(key, add, this.#handle)
    this.#slab.numbers[at] = this.#handle.count as number
    return result
  }

  /** Key, count and age of what was touched, as a changelog has them. */
  #store(touched: Uint32Array, time: number): void {
    const { numbers } = radixSorted({ numbers: touched, items: new Uint32Array(touched.length) })
    const writer = new ValueWriter(numbers.length * 8)
    for (let from = 0; from < numbers.length; from += READ_AT_ONCE) {
      const slots = numbers.subarray(from, from + READ_AT_ONCE)
      const [keys, counts] = [this.#slab.numbersAt(slots, KEY), this.#slab.numbersAt(slots, COUNT)]
      const times = this.#slab.numbersAt(slots, TIME)
      for (let i = 0; i < slots.length; i++) {
        writer.number(keys[i] as number)
        writer.number(counts[i] as number)
        writer.number(time - (times[i] as number))
      }
    }
    this.#flush(writer.toBytes())
  }

  #flush(bytes: Uint8Array): void {
    const file = openSync(this.#file, 'w')
    writeSync(file, bytes)
    writeSync(file, new Uint8Array(Uint32Array.of(crc32c(bytes)).buffer))
    fsyncSync(file)
    closeSync(file)
  }
}

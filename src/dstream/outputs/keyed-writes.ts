import type { KeyedStore, KeyedWrite } from '../../ports/keyed-store.ts'
import { jsonText } from '../../rdd/formats/ndjson-format.ts'
import { allDone } from '../../util/all-done.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import type { ForeachFunction } from '../output-node.ts'

const WRITES_AT_ONCE = 32
/** DynamoDB's limit, in UTF-8. */
const MAX_KEY_BYTES = 2048

/**
 * For `foreachRDD`: writes the value of each key, as JSON, where a newer batch has not written yet; `undefined` deletes. However often
 * and late a batch is run, each key ends with the value of the last batch that has it. Values must come from the batch alone: a
 * batch that is run again writes them again. Of several pairs of one key in a partition the last counts; keys must not be in several.
 *
 * @throws SluiceError `bad-option` for what is no store; in a batch `bad-key`, `not-json` (kind `data`) for a key that is no text, or a value that JSON cannot carry.
 * @example
 * ```ts
 * const store = new MemoryKeyedStore()
 * const totals = words.map((word) => [word, 1]).updateStateByKey<number>((ones, sum = 0) => sum + ones.length)
 * totals.foreachRDD(keyedWrites(store))
 * ```
 */
export function keyedWrites<V>(store: KeyedStore): ForeachFunction<[string, V]> {
  checkStore(store)
  return (rdd, _time, { mark, signal }) =>
    rdd.foreachPartition(async (pairs) => {
      let waiting = new Map<string, KeyedWrite>()
      const flush = async () => {
        signal.throwIfAborted()
        const writes = [...waiting.values()]
        waiting = new Map()
        await allDone(writes.map((write) => store.write(write, signal)))
      }
      for await (const [key, value] of pairs) {
        waiting.set(checkKey(key), { key, mark, value: value === undefined ? undefined : jsonText(value) })
        if (waiting.size === WRITES_AT_ONCE) await flush()
      }
      await flush()
    })
}

function checkStore(store: Partial<KeyedStore> | null | undefined): void {
  if (typeof store?.write === 'function') return
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `keyedWrites takes a store with a function write, as in keyedWrites(new MemoryKeyedStore()): ${excerpt(store)}`,
  })
}

function checkKey(key: unknown): string {
  if (typeof key === 'string' && key !== '' && new TextEncoder().encode(key).length <= MAX_KEY_BYTES) return key
  throw new SluiceError({
    code: 'bad-key',
    kind: 'data',
    message: `keyedWrites takes pairs whose keys are texts of 1 to ${MAX_KEY_BYTES} bytes; map the keys to such: ${excerpt(key)}`,
  })
}

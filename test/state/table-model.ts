import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { StateTable } from '../../src/state/keyed-state.ts'
import { encodeValue } from '../../src/util/codec.ts'
import { partitionOfKey } from '../../src/util/hash.ts'
import { canonicalKey } from '../../src/util/key.ts'

const NESTED = { x: 1, y: { a: 2, b: 3 } }
/** Each key in all the forms in which it is the same key. */
const KEYS: readonly (readonly unknown[])[] = [
  ...Array.from({ length: 14 }, (_, i) => [i - 2]),
  ...[2 ** 31, -(2 ** 31), 2 ** 40, 2.5, Number.NaN, '1', 'a', '', '\0a', null, 5n, true, false].map((key) => [key]),
  ...['\ud800', '\udfff', '\ud800x', 'x'.repeat(150), new Date(7), [1, 'a']].map((key) => [key]),
  [0, -0],
  [[0], [-0]],
  [NESTED, { y: { b: 3, a: 2 }, x: 1 }, Object.assign(Object.create(null), NESTED)],
]
const VALUES: readonly unknown[] = [
  ...[0, -0, 1, 2.5, 300, Number.NaN, -(2 ** 35), 'text', 'x'.repeat(200), null, 7n],
  ...[[1], { n: 1 }, { n: 2, more: [3] }],
]

export const STEP = fc
  .record({
    act: fc.constantFrom('set', 'set', 'set', 'delete', 'touch', 'look'),
    key: fc.constantFrom(...KEYS).chain((forms) => fc.constantFrom(...forms)),
    value: fc.constantFrom(...VALUES),
  })
  .map((step) => ({ ...step, id: canonicalKey(step.key) }))
export type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never

export interface ModelEntry {
  readonly key: unknown
  readonly value: unknown
  readonly time: number
}

/** By canonical key, in first-seen order; the key in the form that was seen first. */
export type Model = Map<string, ModelEntry>

/** An operator's state as it should be, by partition. */
export interface Operator {
  readonly name: string
  readonly models: readonly Model[]
}

export function copyOf({ name, models }: Operator): Operator {
  return { name, models: models.map((model) => new Map(model)) }
}

export function stepsOf(steps: readonly Step[], partition: number, partitions: number): readonly Step[] {
  return steps.filter(({ key }) => partitionOfKey(key, partitions) === partition)
}

/** Does steps to a table by key and to its model, whose entries it must find there. */
export function applyAll(steps: readonly Step[], table: StateTable<unknown, unknown>, at: At): void {
  for (const step of steps) apply(step, table, at)
}

interface At {
  readonly model: Model
  readonly time: number
}

function apply({ act, key, value, id }: Step, table: StateTable<unknown, unknown>, { model, time }: At): void {
  const slot = table.find(key)
  const known = model.get(id)
  assert.equal(slot >= 0, known !== undefined, id)
  if (known) assertSame([table.keyAt(slot), table.valueAt(slot), table.timeAt(slot)], Object.values(known))
  if (act === 'set') {
    if (known) table.setAt(slot, structuredClone(value), time)
    else table.append(key, structuredClone(value), time)
    model.set(id, { key: known ? known.key : keptKey(key), value, time })
  } else if (known && act === 'delete') {
    table.deleteAt(slot)
    model.delete(id)
  } else if (known && act === 'touch') {
    table.touchAt(slot, time)
    model.set(id, { ...known, time })
  }
}

/** Ends what was last changed before `time`, which must be what the model says, in its order. */
export function expire(table: StateTable<unknown, unknown>, { model, time }: At): void {
  const slots = table.takeExpired(time)
  const expected = [...model].filter(([, entry]) => entry.time < time)
  assertSame(
    slots.map((slot) => [table.keyAt(slot), table.valueAt(slot), table.timeAt(slot)]),
    expected.map(([, entry]) => Object.values(entry)),
  )
  for (const slot of slots) table.deleteAt(slot)
  for (const [id] of expected) model.delete(id)
}

/** Updates a model as a walk does: `next` is to be called for each entry, in order; `fresh` are the steps for keys that are new. */
export function walking(steps: readonly Step[], model: Model) {
  const byKey = new Map(steps.map((step) => [step.id, step]))
  const fresh = [...byKey.values()].filter(({ act, id }) => act === 'set' && !model.has(id))
  const left = [...model.keys()]
  const next = (key: unknown, value: unknown): unknown => {
    const id = left.shift() ?? ''
    const known = model.get(id)
    assertSame([key, value], [known?.key, known?.value])
    const step = byKey.get(id)
    if (step?.act === 'delete') model.delete(id)
    else if (step?.act === 'set') model.set(id, { key, value: step.value, time: 0 })
    return step?.act === 'delete' ? undefined : structuredClone(model.get(id)?.value)
  }
  return { next, fresh, end: () => assert.deepEqual(left, []) }
}

export function append(model: Model, { id, key, value }: Step): void {
  model.set(id, { key: keptKey(key), value, time: 0 })
}

export function assertEntries(entries: Iterable<readonly [unknown, unknown]>, model: Model): void {
  assertSame(
    Array.from(entries, ([key, value]) => [key, value]),
    [...model.values()].map(({ key, value }) => [key, value]),
  )
}

/** To the byte: -0 is another value than 0. */
export function assertSame(actual: unknown, expected: unknown): void {
  assert.deepEqual(encodeValue(actual), encodeValue(expected), `${fc.stringify(actual)}, not ${fc.stringify(expected)}`)
}

/** As a key, -0 is 0. */
function keptKey(key: unknown): unknown {
  return key === 0 ? 0 : key
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StateTable } from '../../src/state/keyed-state.ts'
import { StateStore, type StateStoreOptions } from '../../src/state/state-store.ts'
import { canonicalKey } from '../../src/util/key.ts'
import { StateWorld } from './state-world.ts'

/** Every table is large, and outgrown after a few batches; its snapshots are written whole, or a block or two at a time. */
const [WHOLE, SPREAD] = [1e6, 5000].map((pieceBytes) => ({
  snapshots: { minBytes: 200, maxChangelogs: 3, wholeEntries: 0, pieceBytes },
  maxParallelReads: 2,
})) as [StateStoreOptions, StateStoreOptions]
const MERGED = [2, 3].map((mergedAtOnce) => ({
  snapshots: { minBytes: 2000, maxChangelogs: 1000, wholeEntries: 0, pieceBytes: 2000, mergedAtOnce },
})) as [StateStoreOptions, StateStoreOptions]
const KEYS: readonly unknown[] = [...Array(40).keys(), '1', 'a', '\0a', null, 2.5, 5n, true, [1, 'a'], { x: 1 }]
const IDLE_MS = 4000

/** By canonical key, in first-seen order: the key, its value, and when it was last changed. */
type Model = Map<string, { readonly key: unknown; readonly value: unknown; readonly time: number }>

const STEP = fc.record({
  act: fc.constantFrom('set', 'set', 'delete', 'touch', 'look'),
  key: fc.nat(KEYS.length - 1),
  value: fc.oneof(fc.nat(3), fc.constant({ list: [1] }), fc.constant('text'), fc.constant('x'.repeat(5000))),
})
type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never

const BATCH = fc.record({
  steps: fc.array(STEP, { maxLength: 15 }),
  restart: fc.nat(3).map((n) => n === 0),
  expire: fc.boolean(),
  /** Whether somebody takes the whole state after the batch, in a run of its own. */
  wholeAfter: fc.nat(9).map((n) => n === 0),
})

test('a table of which only some keys are in memory equals a map, times and order included', async () => {
  const pieces = await checkAgainstMap(WHOLE)
  assert.equal(pieces, 0)
})

test('such a table equals a map also when its snapshots are written over several batches', async () => {
  const pieces = await checkAgainstMap(SPREAD)
  assert.ok(pieces > 10, `${pieces} snapshots in pieces`)
})

test('such a table equals a map also when changelogs are merged, between snapshots and while they are written', async () => {
  for (const options of MERGED) await checkAgainstMap(options)
})

/** How many snapshots were in pieces. */
async function checkAgainstMap(options: StateStoreOptions): Promise<number> {
  let pieces = 0
  await fc.assert(
    fc.asyncProperty(fc.array(BATCH, { minLength: 5, maxLength: 30, size: 'max' }), async (batches) => {
      const world = new StateWorld()
      const model: Model = new Map()
      let store = new StateStore(options)
      for (const [i, { steps, restart, expire, wholeAfter }] of batches.entries()) {
        const time = (i + 1) * 1000
        if (restart) store = new StateStore(options)
        const run = store.open(world.base, world)
        const table = await run.tableOfKeys<unknown, unknown>('t', 0, 1)
        await table.prefetch(steps.map(({ key }) => KEYS[key]))
        if (expire) await table.prefetchExpired(time - IDLE_MS)
        for (const step of steps) apply(step, { table, model, time })
        if (expire) expireBoth(table, model, time - IDLE_MS)
        await world.commit(run, time)
        if (wholeAfter) await assertEqual(store, world, model)
      }
      await assertEqual(new StateStore(options), world, model)
      pieces += spreadSnapshots(world)
    }),
    { numRuns: 150 },
  )
  return pieces
}

function spreadSnapshots({ history }: StateWorld): number {
  const refs = history.flatMap(({ state }) => state.snapshots.filter(({ earlier }) => earlier))
  return new Set(refs.map(({ object }) => object.key)).size
}

function apply(
  { act, key: index, value }: Step,
  { table, model, time }: { table: StateTable<unknown, unknown>; model: Model; time: number },
): void {
  const key = KEYS[index]
  const id = canonicalKey(key)
  const slot = table.find(key)
  const known = model.get(id)
  assert.equal(slot >= 0, known !== undefined, id)
  if (slot >= 0) assert.deepEqual([table.valueAt(slot), table.timeAt(slot)], [known?.value, known?.time], id)
  if (act === 'set') {
    if (slot < 0) table.append(key, value, time)
    else table.setAt(slot, value, time)
    model.set(id, { key, value, time })
  } else if (slot >= 0 && act === 'delete') {
    table.deleteAt(slot)
    model.delete(id)
  } else if (known && act === 'touch') {
    table.touchAt(slot, time)
    model.set(id, { ...known, time })
  }
}

function expireBoth(table: StateTable<unknown, unknown>, model: Model, time: number): void {
  const slots = table.takeExpired(time)
  const expected = [...model].filter(([, entry]) => entry.time < time).map(([id]) => id)
  assert.deepEqual(
    slots.map((slot) => canonicalKey(table.keyAt(slot))),
    expected,
  )
  for (const slot of slots) table.deleteAt(slot)
  for (const id of expected) model.delete(id)
}

/** Takes the whole table, as another operator would. */
async function assertEqual(store: StateStore, world: StateWorld, model: Model): Promise<void> {
  const run = store.open(world.base, world)
  const table = await run.table<unknown, unknown>('t', 0, 1)
  assert.deepEqual(
    [...table.entries()].map(([key, value]) => [canonicalKey(key), value, table.timeAt(table.find(key))]),
    [...model].map(([id, { value, time }]) => [id, value, time]),
  )
  run.abandon()
}

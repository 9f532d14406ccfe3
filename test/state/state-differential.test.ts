import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StateTable } from '../../src/state/keyed-state.ts'
import { StateStore, type StateStoreOptions } from '../../src/state/state-store.ts'
import { canonicalKey } from '../../src/util/key.ts'
import { StateWorld } from './state-world.ts'

const OPERATORS = ['sums', 'lists']
const PARTITIONS = 2
/** Changelogs are merged by twos, and those again, between two snapshots. */
const MERGING = { snapshots: { minBytes: 1500, mergedAtOnce: 2 } }
const OPTIONS = { snapshots: { minBytes: 200, maxChangelogs: 6 }, maxParallelReads: 2 }

/** Few, of every kind, so that batches meet on the same ones. */
const KEYS: readonly unknown[] = [
  0,
  1,
  '1',
  'a',
  '\0a',
  null,
  Number.NaN,
  5n,
  true,
  [1, 'a'],
  { x: 1, y: [2] },
  new Date(7),
]
const VALUES: readonly unknown[] = [0, -0, 1, Number.NaN, 'text', undefined, null, [1], { n: 1 }, { n: 2, more: [3] }]

type Model = Map<string, readonly [unknown, unknown]>

interface Step {
  readonly act: 'set' | 'delete' | 'append-in-place' | 'touch-copy' | 'sweep' | 'late-mutation'
  readonly table: number
  readonly key: number
  readonly value: number
}

const STEP: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(
    'set',
    'set',
    'set',
    'delete',
    'delete',
    'append-in-place',
    'touch-copy',
    'sweep',
    'late-mutation',
  ),
  table: fc.nat(OPERATORS.length * PARTITIONS - 1),
  key: fc.nat(KEYS.length - 1),
  value: fc.nat(VALUES.length - 1),
})

const BATCH = fc.record({
  steps: fc.array(STEP, { maxLength: 25 }),
  /** Before the batch: everything in memory is gone. */
  restart: fc.boolean(),
  /** The batch fails after so many steps, and is run again. */
  failsAfter: fc.option(fc.nat(10), { freq: 4 }),
})

test('tables equal plain maps, order included, through failures, restarts at any batch, snapshots and changelogs', () =>
  checkAgainstMaps(OPTIONS))

test('the same holds when changelogs are merged', () => checkAgainstMaps(MERGING))

async function checkAgainstMaps(options: StateStoreOptions): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(BATCH, { maxLength: 25 }), fc.constantFrom(0, 150), async (batches, inlineBytes) => {
      const world = new StateWorld()
      world.inlineBytes = inlineBytes
      const committed: Model[][] = []
      let store = new StateStore(options)
      for (const [i, { steps, restart, failsAfter }] of batches.entries()) {
        if (restart) store = new StateStore(options)
        const before = committed.at(-1) ?? tables().map(() => new Map())
        if (failsAfter !== null) await failingRun(store, world, steps.slice(0, failsAfter))
        const models = before.map((model) => structuredCloneOf(model))
        const run = store.open(world.base, world)
        const handles = await Promise.all(
          tables().map(({ operator, partition }) => run.table(operator, partition, PARTITIONS)),
        )
        for (const step of steps) apply(step, handles[step.table], models[step.table])
        for (const [t, model] of models.entries()) assertEqual(handles[t], model)
        await world.commit(run, i + 1)
        committed.push(models)
      }
      for (const [i, models] of committed.entries()) await assertRestores(world, i, models)
    }),
    { numRuns: 150 },
  )
}

test('a process that stays warm writes the same bytes as one that restarts before every batch', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(STEP, { maxLength: 20 }), { maxLength: 15 }), async (batches) => {
      const [warm, cold] = [new StateWorld(), new StateWorld()]
      const store = new StateStore(OPTIONS)
      for (const [i, steps] of batches.entries()) {
        await runBatch(store, warm, steps, i + 1)
        await runBatch(new StateStore(OPTIONS), cold, steps, i + 1)
      }
      assert.deepEqual(warm.objects, cold.objects)
      assert.deepEqual(warm.base, cold.base)
    }),
    { numRuns: 80 },
  )
})

function tables(): { readonly operator: string; readonly partition: number }[] {
  return OPERATORS.flatMap((operator) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ operator, partition })),
  )
}

async function runBatch(
  store: StateStore,
  world: StateWorld,
  steps: readonly Step[],
  batchTime: number,
): Promise<void> {
  const run = store.open(world.base, world)
  const handles = await Promise.all(
    tables().map(({ operator, partition }) => run.table(operator, partition, PARTITIONS)),
  )
  for (const step of steps) apply(step, handles[step.table], new Map())
  await world.commit(run, batchTime)
}

async function failingRun(store: StateStore, world: StateWorld, steps: readonly Step[]): Promise<void> {
  const run = store.open(world.base, world)
  for (const step of steps) {
    const { operator, partition } = tables()[step.table] ?? { operator: '', partition: 0 }
    apply(step, await run.table(operator, partition, PARTITIONS), new Map())
  }
  if (steps.length % 2 === 1) run.seal(1_000_000)
  run.abandon()
}

async function assertRestores(world: StateWorld, batch: number, models: readonly Model[]): Promise<void> {
  const run = new StateStore(OPTIONS).open(world.history[batch], world)
  for (const [t, { operator, partition }] of tables().entries()) {
    assertEqual(await run.table(operator, partition, PARTITIONS), models[t])
  }
}

function apply(step: Step, table: StateTable<unknown, unknown> | undefined, model: Model | undefined): void {
  assert.ok(table && model)
  const key = structuredClone(KEYS[step.key])
  const id = canonicalKey(key)
  const value = structuredClone(VALUES[step.value])
  switch (step.act) {
    case 'set':
      table.set(key, value)
      put(model, key, value)
      break
    case 'delete': {
      const there = table.has(key)
      assert.equal(table.delete(key), there)
      model.delete(id)
      break
    }
    case 'append-in-place': {
      const list = table.get(key)
      if (!Array.isArray(list)) break
      list.push(step.value)
      table.set(key, list)
      put(model, key, structuredClone(list))
      break
    }
    case 'touch-copy': // set to an equal value: no change
      if (table.has(key)) table.set(key, structuredClone(table.get(key)))
      break
    case 'sweep':
      for (const [k] of table.entries()) if (typeof k === typeof key) table.delete(k)
      for (const [i, [k]] of model) if (typeof k === typeof key) model.delete(i)
      break
    case 'late-mutation': // the object counts as it is at the end of the batch
      if (Array.isArray(value)) {
        table.set(key, value)
        value.push('late')
        put(model, key, [...value])
        value.push(step.key)
        put(model, key, [...value])
      }
  }
}

/** A map keeps the first key object of a key, and its place. */
function put(model: Model, key: unknown, value: unknown): void {
  const id = canonicalKey(key)
  model.set(id, [model.get(id)?.[0] ?? key, value])
}

function structuredCloneOf(model: Model): Model {
  return new Map([...model].map(([id, entry]) => [id, structuredClone(entry)]))
}

function assertEqual(table: StateTable<unknown, unknown> | undefined, model: Model | undefined): void {
  assert.ok(table && model)
  assert.equal(fc.stringify([...table.entries()]), fc.stringify([...model.values()]))
  assert.equal(table.size, model.size)
  for (const [key, value] of model.values()) {
    assert.ok(table.has(key))
    assert.equal(fc.stringify(table.get(key)), fc.stringify(value))
  }
}

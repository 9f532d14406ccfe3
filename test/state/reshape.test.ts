import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewForm, StateChange } from '../../src/state/reshape.ts'
import type { StateShape } from '../../src/state/state-shape.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { partitionOfKey } from '../../src/util/hash.ts'
import { StateWorld } from './state-world.ts'

type Value = number | { readonly n: number }

const at = { committedMs: 0, zeroMs: 0 }
const KEYS = Array.from({ length: 40 }, (_, i) => `k${i}`)

/** Keys go by their hash; what is in other tables stays in the one partition that there is. */
function byHash(partitions: number): StateShape {
  return {
    place: ({ table, key }) =>
      table === ''
        ? [{ table, partition: partitionOfKey(key, partitions), partitions }]
        : [{ table, partition: 0, partitions: 1 }],
  }
}

const resharded = (partitions: number, operator = 'counts', more: Partial<NewForm> = {}): StateChange => ({
  from: 'counts',
  to: { operator, shape: byHash(partitions), at, ...more },
})

interface Step {
  readonly partitions: number
  readonly operator?: string
  /** Opened with these; else on the base alone. */
  readonly changes?: readonly StateChange[]
  readonly put: readonly string[]
  readonly value?: Value
}

/** One batch: sets some keys of an operator, and of another that nothing happens to. */
async function batch(world: StateWorld, time: number, { partitions, operator = 'counts', ...step }: Step) {
  const store = new StateStore({ snapshots: { maxChangelogs: 3 } })
  const { base } = world
  const run = step.changes && base ? await store.openChanged(base, world, step.changes) : store.open(base, world)
  for (const key of step.put) {
    const table = await run.table<string, Value>(operator, partitionOfKey(key, partitions), partitions)
    table.set(key, step.value ?? time)
  }
  const begun = await run.table<string, boolean>(`${operator}.begun`, 0, 1)
  if (!begun.has('begun')) begun.set('begun', true)
  const other = await run.table<string, number>('other', 0, 1)
  other.set(`o${time}`, time)
  return world.commit(run, time)
}

/** All entries as a fresh process finds them. */
async function entries(
  world: StateWorld,
  operator: string,
  partitions: number,
): Promise<(readonly [string, Value])[][]> {
  const run = new StateStore().open(world.base, world)
  const tables = Array.from({ length: partitions }, (_, partition) =>
    run.table<string, Value>(operator, partition, partitions),
  )
  return (await Promise.all(tables)).map((table) => [...table.entries()])
}

async function stored(partitions: number): Promise<StateWorld> {
  const world = new StateWorld()
  for (let time = 1; time <= 5; time++)
    await batch(world, time, { partitions, put: KEYS.filter((_, i) => i % 5 >= time - 1), value: { n: time } })
  return world
}

const sorted = (all: readonly (readonly (readonly [string, Value])[])[]): unknown[] =>
  all.flat().sort(([a], [b]) => (a < b ? -1 : 1))

for (const [from, to] of [
  [4, 8],
  [8, 3],
  [1, 4],
  [4, 1],
] as const) {
  test(`every key is found where the partitioner says after ${from} partitions have become ${to}`, async () => {
    const world = await stored(from)
    const before = await entries(world, 'counts', from)
    await batch(world, 6, { partitions: to, changes: [resharded(to)], put: [] })
    const after = await entries(world, 'counts', to)
    assert.deepEqual(sorted(after), sorted(before))
    for (const [partition, pairs] of after.entries())
      for (const [key] of pairs) assert.equal(partitionOfKey(key, to), partition)
    // In the order of the old partitions, and in each of these as it was.
    const order = before.flat().map(([key]) => key)
    for (const pairs of after)
      assert.deepEqual(
        pairs.map(([key]) => key),
        order.filter((key) => pairs.some(([other]) => other === key)),
      )
  })
}

test('state goes on from its new form: batches before and after a change add up, whatever snapshots are cut', async () => {
  const world = await stored(4)
  await batch(world, 6, { partitions: 2, changes: [resharded(2)], put: ['k0', 'new'] })
  for (let time = 7; time < 16; time++) await batch(world, time, { partitions: 2, put: ['k1'] })
  const found = new Map((await entries(world, 'counts', 2)).flat())
  assert.equal(found.size, KEYS.length + 1)
  assert.deepEqual([found.get('k0'), found.get('k1'), found.get('new'), found.get('k2')], [6, 15, 6, { n: 3 }])
  assert.equal(world.base?.state.voidUntil, undefined, 'no changelog is left that something is void in')
})

test('every partition is written whole by the batch that changes them, and nothing of the old form is named', async () => {
  const world = await stored(4)
  const { snapshots } = await batch(world, 6, { partitions: 2, changes: [resharded(2)], put: [] })
  const names = snapshots.map(({ operator, partition }) => `${operator}/${partition}`)
  for (const name of ['counts/0', 'counts/1', 'counts.begun/0']) assert.ok(names.includes(name), name)
  const { state } = world.base ?? assert.fail('committed')
  const older = state.snapshots.filter(({ operator, batchTime }) => operator.startsWith('counts') && batchTime < 6)
  assert.deepEqual(older, [])
})

test('an operator takes its state along under another name, and the old name is free', async () => {
  const world = await stored(2)
  const before = await entries(world, 'counts', 2)
  await batch(world, 6, { partitions: 2, operator: 'totals', changes: [resharded(2, 'totals')], put: [] })
  assert.deepEqual(await entries(world, 'totals', 2), before)
  assert.deepEqual((await entries(world, 'counts', 3)).flat(), [])
})

test('what was dropped does not come back under its name, nor does it keep changelogs', async () => {
  const world = await stored(2)
  await batch(world, 6, { partitions: 3, changes: [{ from: 'counts' }], put: ['k7'] })
  assert.deepEqual((await entries(world, 'counts', 3)).flat(), [['k7', 6]])
  for (let time = 7; time < 12; time++) await batch(world, time, { partitions: 3, put: ['k8'] })
  assert.deepEqual(
    new Map((await entries(world, 'counts', 3)).flat()),
    new Map([
      ['k7', 6],
      ['k8', 11],
    ]),
  )
  const others = new Map((await entries(world, 'other', 1)).flat())
  assert.equal(others.size, 11)
})

test('values are migrated one by one, in the main table only; undefined removes the key', async () => {
  const world = await stored(2)
  const migrate = (key: unknown, value: unknown) => (key === 'k0' ? undefined : (value as { n: number }).n * 10)
  await batch(world, 6, { partitions: 2, changes: [resharded(2, 'counts', { migrate })], put: [] })
  const found = new Map((await entries(world, 'counts', 2)).flat())
  assert.deepEqual([found.get('k0'), found.get('k1'), found.get('k4')], [undefined, 20, 50])
  assert.equal(found.size, KEYS.length - 1)
  assert.deepEqual((await entries(world, 'counts.begun', 1)).flat(), [['begun', true]])
})

test('a value that cannot be stored is named with its operator and key', async () => {
  const world = await stored(2)
  const migrate = () => () => {}
  await assert.rejects(batch(world, 6, { partitions: 2, changes: [resharded(2, 'counts', { migrate })], put: [] }), {
    code: 'not-encodable',
    message: /'counts', key "k\d+"/,
  })
})

test('entries keep the time at which they were last changed', async () => {
  const world = new StateWorld()
  const store = new StateStore()
  const run = store.open(undefined, world)
  for (const [i, key] of KEYS.entries())
    (await run.table<string, number>('counts', partitionOfKey(key, 2), 2)).append(key, i, 1000 + i)
  await world.commit(run, 2000)
  const base = world.base ?? assert.fail('committed')
  const changed = await new StateStore().openChanged(base, world, [resharded(5)])
  await world.commit(changed, 3000)
  const after = new StateStore().open(world.base, world)
  for (const [i, key] of KEYS.entries()) {
    const table = await after.table<string, number>('counts', partitionOfKey(key, 5), 5)
    assert.equal(table.timeAt(table.find(key)), 1000 + i)
  }
})

test('entries that come to one place are merged in the order of their partitions', async () => {
  const world = new StateWorld()
  const run = new StateStore().open(undefined, world)
  for (let partition = 0; partition < 3; partition++)
    (await run.table<number, number[]>('counts', partition, 3)).set(1000, [partition])
  await world.commit(run, 1000)
  const shape: StateShape = {
    place: ({ table }) => [{ table, partition: 0, partitions: 1 }],
    merge: (a, b) => [...(a as number[]), ...(b as number[])],
  }
  const base = world.base ?? assert.fail('committed')
  const changed = await new StateStore().openChanged(base, world, [
    { from: 'counts', to: { operator: 'counts', shape, at } },
  ])
  await world.commit(changed, 2000)
  assert.deepEqual(await entries(world, 'counts', 1), [[[1000, [0, 1, 2]]]])
})

test('a run that is abandoned leaves the stored state as it was', async () => {
  const world = await stored(4)
  const before = await entries(world, 'counts', 4)
  const base = world.base ?? assert.fail('committed')
  const run = await new StateStore().openChanged(base, world, [resharded(2)])
  ;(await run.table<string, Value>('counts', 0, 2)).set('k0', 99)
  run.abandon()
  assert.deepEqual(await entries(world, 'counts', 4), before)
})

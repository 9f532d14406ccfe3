import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TableToWalk, WalkedTable } from '../../src/state/keyed-state.ts'
import type { StateRun } from '../../src/state/state-run.ts'
import { StateStore } from '../../src/state/state-store.ts'
import type { ByteSpan } from '../../src/util/value-reader.ts'
import { StateWorld } from './state-world.ts'

const KEYS = 20_000
/** An eighth of the keys is more than may be held. */
const POLICY = { heldBytes: KEYS * 8, maxChangelogs: 1000, minBytes: 64 * 1024 }
const noPause = (): undefined => undefined
type Keep = (key: unknown, value: unknown) => unknown
const same: Keep = (_key, value) => value

class Checkpoint extends StateWorld {
  reading = 0
  mostReading = 0
  largestRead = 0

  override async read(ref: Parameters<StateWorld['read']>[0], range?: ByteSpan): Promise<Uint8Array> {
    this.mostReading = Math.max(this.mostReading, ++this.reading)
    const bytes = await super.read(ref, range)
    this.largestRead = Math.max(this.largestRead, bytes.length)
    await new Promise((resolve) => setImmediate(resolve))
    this.reading--
    return bytes
  }
}

/** One table, of which the first batch has set every key; streamed from then on. */
async function stored(value: (key: number) => unknown = (key) => key): Promise<Checkpoint> {
  const world = new Checkpoint()
  const { run, table } = await opened(world)
  assert.ok(table.kind === 'held')
  for (let key = 0; key < KEYS; key++) table.table.append(key, value(key))
  await world.commit(run, 1)
  return world
}

async function opened(
  world: StateWorld,
  store = new StateStore({ snapshots: POLICY }),
): Promise<{ readonly run: StateRun; readonly table: TableToWalk<unknown, unknown> }> {
  const run = store.open(world.base, world)
  return { run, table: await run.tableToWalk('t', 0, 1) }
}

async function streamed(
  world: StateWorld,
  store?: StateStore,
): Promise<{ readonly run: StateRun; readonly table: WalkedTable<unknown, unknown> }> {
  const { run, table } = await opened(world, store)
  assert.ok(table.kind === 'streamed')
  return { run, table: table.table }
}

async function entriesOf(table: WalkedTable<unknown, unknown>): Promise<(readonly [unknown, unknown])[]> {
  const entries: (readonly [unknown, unknown])[] = []
  await table.visit((key, value) => void entries.push([key, value]), noPause)
  return entries
}

test('a table that takes more memory than it may is written in first-seen order, and streamed from the next batch on', async () => {
  const store = new StateStore({ snapshots: POLICY })
  const world = new StateWorld()
  const first = await opened(world, store)
  assert.ok(first.table.kind === 'held')
  for (let key = KEYS; key > 0; key--) first.table.table.append(key, -key)
  await world.commit(first.run, 1)
  for (const process of [store, new StateStore({ snapshots: POLICY })]) {
    const { run, table } = await streamed(world, process)
    const entries = await entriesOf(table)
    assert.deepEqual([entries.length, entries[0], entries.at(-1)], [KEYS, [KEYS, -KEYS], [1, -1]])
    run.abandon()
  }
})

test('a table that has become small is in memory again', async () => {
  const world = await stored()
  const { run, table } = await streamed(world)
  await table.update((key, value) => ((key as number) < 100 ? value : undefined), noPause)
  await world.commit(run, 2)
  const after = await opened(world)
  assert.ok(after.table.kind === 'held')
  assert.deepEqual([after.table.table.size, after.table.table.get(7)], [100, 7])
})

test('a walk reads the snapshot a few calls at a time, whatever its size', async () => {
  const world = await stored((key) => ({ text: `${key} `.repeat(80) }))
  const { table } = await streamed(world)
  Object.assign(world, { bytesRead: 0, mostReading: 0, largestRead: 0 })
  let entries = 0
  await table.update((_key, value) => {
    entries++
    return value
  }, noPause)
  const { bytesRead, mostReading, largestRead } = world
  assert.deepEqual([entries, table.size], [KEYS, KEYS])
  assert.ok(bytesRead > 8e6 && largestRead < 1.2e6, `${bytesRead} bytes, up to ${largestRead} in a call`)
  assert.ok(mostReading <= 4, `${mostReading} calls at once`)
})

test('the entries after an update are those that were stored with what it changed, as often as they are read', async () => {
  const world = await stored()
  const { run, table } = await streamed(world)
  await table.update((key, value) => {
    if (key === 1) return undefined
    return key === 2 || key === KEYS - 1 ? { was: value } : value
  }, noPause)
  table.append('new', [1])
  table.append(-0, 'zero')
  const expected = Array.from({ length: KEYS }, (_, key) => [key, key] as [unknown, unknown])
  expected[2] = [2, { was: 2 }]
  expected[KEYS - 1] = [KEYS - 1, { was: KEYS - 1 }]
  expected.splice(1, 1)
  expected.push(['new', [1]], [0, 'zero'])
  assert.equal(table.size, expected.length)
  assert.deepEqual(await entriesOf(table), expected)
  assert.deepEqual(await entriesOf(table), expected)
  assert.throws(() => table.append('late', 1), /changed after it was read/)
  const { changes } = await world.commit(run, 2)
  assert.ok(changes && changes.length < 120, `${changes?.length} bytes of changes`)
})

test('what is read is the reader’s own: changing it changes nothing', async () => {
  const world = await stored((key) => ({ key }))
  const { run, table } = await streamed(world)
  await table.update((key, value) => (key === 3 ? { key: 'changed' } : value), noPause)
  for (let job = 0; job < 2; job++) {
    const at: unknown[] = []
    await table.visit((key, value) => {
      if (key === 3 || key === 4) at.push((value as { key: unknown }).key)
      Object.assign(value as object, { key: 'spoiled' })
    }, noPause)
    assert.deepEqual(at, ['changed', 4])
  }
  run.abandon()
})

test('a key that is removed and comes back is at the end, in this batch and in later ones', async () => {
  const world = await stored()
  const store = new StateStore({ snapshots: POLICY })
  for (const [time, keep] of [
    [2, (key: unknown, value: unknown) => (key === 5 ? undefined : value)],
    [3, same],
    [4, (key: unknown, value: unknown) => (key === 5 ? 'again' : value)],
  ] as const satisfies readonly (readonly [number, Keep])[]) {
    const { run, table } = await streamed(world, store)
    await table.update(keep, noPause)
    if (time === 3) table.append(5, 'back')
    await world.commit(run, time)
  }
  for (const process of [store, new StateStore({ snapshots: POLICY })]) {
    const { run, table } = await streamed(world, process)
    const entries = await entriesOf(table)
    assert.deepEqual([entries.length, entries[5], entries.at(-1)], [KEYS, [6, 6], [5, 'again']])
    run.abandon()
  }
})

test('what has changed since the snapshot takes a bounded share of memory: then the table is written again', async () => {
  const world = await stored()
  const store = new StateStore({ snapshots: POLICY })
  for (let time = 2; time < 30; time++) {
    const { run, table } = await streamed(world, store)
    await table.update((key, value) => ((key as number) % 50 === time % 50 ? time : value), noPause)
    await world.commit(run, time)
  }
  const snapshots = world.history.filter(({ state, attempt }) => state.snapshots[0]?.batchTime === attempt.batchTime)
  // A batch changes a fiftieth of the keys, and an eighteenth may have changed.
  assert.ok(snapshots.length >= 7 && snapshots.length <= 15, `${snapshots.length} snapshots`)
  const { table } = await streamed(world)
  assert.deepEqual(
    (await entriesOf(table)).slice(2, 5),
    [2, 3, 4].map((key) => [key, key]),
  )
})

test('a run that failed or was fenced leaves no trace, also if it was sealed', async () => {
  const world = await stored()
  for (const sealed of [false, true]) {
    const { run, table } = await streamed(world)
    await table.update(() => undefined, noPause)
    table.append('new', 1)
    if (sealed) run.seal(2)
    run.abandon()
    await assert.rejects(entriesOf(table), /used after the end of its batch's run/)
  }
  const { table } = await streamed(world)
  const entries = await entriesOf(table)
  assert.deepEqual([entries.length, entries.at(-1)], [KEYS, [KEYS - 1, KEYS - 1]])
})

test('whoever asks for some keys of such a table, or for all of it, gets what is stored', async () => {
  const world = await stored()
  const store = new StateStore({ snapshots: POLICY })
  const { run, table } = await streamed(world, store)
  await table.update((key, value) => (key === 3 ? 'changed' : value), noPause)
  await world.commit(run, 2)
  for (const process of [store, new StateStore({ snapshots: POLICY })]) {
    const run = process.open(world.base, world)
    const some = await run.tableOfKeys('t', 0, 1)
    await some.prefetch([3, 4, 'absent'])
    assert.deepEqual([some.get(3), some.get(4), some.get('absent')], ['changed', 4, undefined])
    const all = await run.table('t', 0, 1)
    assert.deepEqual([all.size, all.get(3)], [KEYS, 'changed'])
    run.abandon()
  }
})

test('state that is streamed moves to another number of partitions, and is streamed there', async () => {
  const world = await stored()
  const place = ({ key }: { readonly key: unknown }) => [{ table: '', partition: (key as number) % 2, partitions: 2 }]
  const to = { operator: 'u', shape: { place }, at: { committedMs: 1, zeroMs: 0 } }
  const { base } = world
  assert.ok(base)
  const run = await new StateStore({ snapshots: POLICY }).openChanged(base, world, [{ from: 't', to }])
  for (const partition of [0, 1]) assert.equal((await run.tableToWalk('u', partition, 2)).kind, 'held')
  await world.commit(run, 2)
  const later = new StateStore({ snapshots: POLICY }).open(world.base, world)
  const odd = await later.tableToWalk('u', 1, 2)
  assert.ok(odd.kind === 'streamed')
  const entries = await entriesOf(odd.table)
  assert.deepEqual([entries.length, entries[0], entries.at(-1)], [KEYS / 2, [1, 1], [KEYS - 1, KEYS - 1]])
})

test('a value that cannot be stored is refused by operator and key, when it is returned', async () => {
  const world = await stored()
  const { table } = await streamed(world)
  const refused = table.update((key, value) => (key === 9 ? () => value : value), noPause)
  await assert.rejects(refused, (error: Error) =>
    /State of 't', key 9, as it is or as its codec encodes it/.test(error.message),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectsNamedIn } from '../../src/checkpoint/garbage.ts'
import type { StateManifest } from '../../src/checkpoint/manifest.ts'
import type { StateRun } from '../../src/state/state-run.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { Random } from '../../src/util/random.ts'
import { attemptOf, StateWorld } from './state-world.ts'

const KEYS = 20_000
const CHANGES = 200
const PIECE = 20_000
/** A snapshot takes six pieces; one is due after eight changelogs, and pressing after sixteen. */
const OPTIONS = { snapshots: { minBytes: 1000, maxChangelogs: 8, pieceBytes: PIECE } }
/** What may come on top of a piece: a block, or the index. */
const PART = 10_000

/** A table in one partition beside a map that is changed alike. */
class Counts {
  readonly world = new StateWorld()
  readonly random = new Random(1, 2)
  model = new Map<number, unknown>()
  store = new StateStore(OPTIONS)
  time = 0
  /** By batch: what snapshots took. */
  readonly written: number[] = []
  /** By batch: what the state was after it. */
  readonly models: Map<number, unknown>[] = []

  constructor() {
    for (let key = 0; key < KEYS; key++) this.model.set(key, key)
  }

  async fill(): Promise<void> {
    const run = this.open()
    const table = await run.table<number, unknown>('t', 0, 1)
    for (const [key, value] of this.model) table.append(key, value)
    await this.commit(run)
  }

  open(): StateRun {
    return this.store.open(this.world.base, this.world)
  }

  /** Sets some keys, deletes some, and brings some back. */
  async change(run = this.open()): Promise<StateRun> {
    const table = await run.table<number, unknown>('t', 0, 1)
    for (let i = 0; i < CHANGES; i++) {
      const key = this.random.nextInt(KEYS + 100)
      if (i % 4 === 0) table.delete(key)
      else table.set(key, i % 3 === 0 ? { at: this.time, i } : i)
      if (i % 4 === 0) this.model.delete(key)
      else this.model.set(key, i % 3 === 0 ? { at: this.time, i } : i)
    }
    return run
  }

  async batch(): Promise<void> {
    await this.commit(await this.change())
  }

  async commit(run: StateRun): Promise<void> {
    await this.world.commit(run, ++this.time)
    this.written.push(this.world.objects.get(`snapshot-${this.time}-t-0`)?.length ?? 0)
    this.models.push(new Map(this.model))
  }

  get state(): StateManifest {
    assert.ok(this.world.base)
    return this.world.base.state
  }

  /** Runs batches until a snapshot has been begun, and some of it is written. */
  async untilBegun(): Promise<void> {
    for (let i = 0; i < 30 && (this.state.unfinished?.[0]?.pieces.length ?? 0) < 2; i++) await this.batch()
    assert.equal(this.state.unfinished?.[0]?.pieces.length, 2)
  }
}

async function filled(): Promise<Counts> {
  const counts = new Counts()
  await counts.fill()
  return counts
}

async function entriesOf(world: StateWorld, batch?: number): Promise<(readonly [number, unknown])[]> {
  const base = batch === undefined ? world.base : world.history[batch]
  const run = new StateStore(OPTIONS).open(base, world)
  return [...(await run.table<number, unknown>('t', 0, 1)).entries()]
}

test('no batch writes more of a snapshot than a piece, however large it is; and it is what the state was when it was begun', async () => {
  const counts = await filled()
  for (let i = 0; i < 60; i++) await counts.batch()
  const later = counts.written.slice(1)
  const whole = counts.written[0] ?? 0
  assert.ok(whole > 4 * (PIECE + PART), `${whole} bytes`)
  assert.ok(Math.max(...later) <= PIECE + PART, `${later}`)
  const spread = counts.world.history.flatMap(({ state }) => state.snapshots.filter(({ earlier }) => earlier))
  assert.ok(new Set(spread.map(({ object }) => object.key)).size >= 2)
  for (const { batchTime, operator, partition, object, earlier } of spread.slice(-1)) {
    const alone = {
      snapshots: [{ operator, partition, batchTime, object, ...(earlier ? { earlier } : {}) }],
      changelogs: [],
    }
    const run = new StateStore(OPTIONS).open({ attempt: attemptOf(batchTime), state: alone }, counts.world)
    const table = await run.table<number, unknown>('t', 0, 1)
    assert.deepEqual([...table.entries()], [...(counts.models[batchTime - 1] ?? [])])
  }
})

test('the state after each batch can be restored, while snapshots are begun, written and ended', async () => {
  const counts = await filled()
  for (let i = 0; i < 30; i++) await counts.batch()
  for (const [batch, model] of counts.models.entries())
    assert.deepEqual(await entriesOf(counts.world, batch), [...model], `batch ${batch}`)
})

test('the pieces of a snapshot are named as long as it is being written, and as long as it is used', async () => {
  const counts = await filled()
  await counts.untilBegun()
  const pieces = counts.state.unfinished?.[0]?.pieces.map(({ key }) => key) ?? []
  for (let i = 0; i < 30; i++) {
    await counts.batch()
    const named = new Set(objectsNamedIn(counts.state).map(({ key }) => key))
    assert.ok(pieces.every((key) => named.has(key)))
    if (counts.state.snapshots[0]?.earlier) return
  }
  assert.fail('the snapshot was not ended')
})

test('another process does not go on with a snapshot that one has begun, and names its pieces no more', async () => {
  const counts = await filled()
  await counts.untilBegun()
  const pieces = new Set(counts.state.unfinished?.[0]?.pieces.map(({ key }) => key))
  counts.store = new StateStore(OPTIONS)
  for (let i = 0; i < 30; i++) {
    await counts.batch()
    assert.ok(objectsNamedIn(counts.state).every(({ key }) => !pieces.has(key)))
  }
  assert.ok(counts.state.snapshots[0]?.earlier)
  assert.deepEqual(await entriesOf(counts.world), [...counts.model])
})

test('processes that end after each batch begin no snapshots: they write one whole, when it is pressing', async () => {
  const counts = await filled()
  for (let i = 0; i < 40; i++) {
    counts.store = new StateStore(OPTIONS)
    await counts.batch()
    assert.equal(counts.state.unfinished, undefined)
  }
  const whole = counts.written.slice(1).filter((bytes) => bytes > 0)
  assert.ok(whole.length >= 2 && whole.length <= 4, `${whole}`)
  assert.deepEqual(await entriesOf(counts.world), [...counts.model])
})

test('of a snapshot of which a piece was not stored nothing is used', async () => {
  const counts = await filled()
  await counts.untilBegun()
  const run = await counts.change()
  const sealed = run.seal(++counts.time)
  for (const { parts } of sealed.snapshots) for await (const _ of parts());
  const object = counts.world.put(`changes-${counts.time}`, sealed.changes ?? new Uint8Array())
  const state = sealed.manifest({ batchTime: counts.time, object, sizeBytes: object.sizeBytes }, [])
  run.settle(attemptOf(counts.time))
  counts.world.history.push({ attempt: attemptOf(counts.time), state })
  assert.deepEqual([sealed.snapshots.length, state.unfinished], [1, undefined])
  for (let i = 0; i < 30; i++) await counts.batch()
  assert.ok(counts.state.snapshots[0]?.earlier)
  assert.deepEqual(await entriesOf(counts.world), [...counts.model])
})

test('a batch that fails takes along what was begun, and the next process restores what was committed', async () => {
  const counts = await filled()
  await counts.untilBegun()
  const model = new Map(counts.model)
  const run = await counts.change()
  for (const { parts } of run.seal(counts.time + 1).snapshots) for await (const _ of parts());
  run.abandon()
  counts.model = model
  for (let i = 0; i < 30; i++) await counts.batch()
  assert.ok(counts.state.snapshots[0]?.earlier)
  assert.deepEqual(await entriesOf(counts.world), [...counts.model])
})

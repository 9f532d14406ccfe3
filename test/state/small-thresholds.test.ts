import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StateChange } from '../../src/state/reshape.ts'
import type { StateRun } from '../../src/state/state-run.ts'
import type { StateShape } from '../../src/state/state-shape.ts'
import type { StateStore } from '../../src/state/state-store.ts'
import { partitionOfKey } from '../../src/util/hash.ts'
import { loadSmallStore } from './small-store.ts'
import { joined, StateWorld } from './state-world.ts'
import * as model from './table-model.ts'

const { StateStore: SmallStore } = await loadSmallStore()

const POLICY = fc.record({
  pieceBytes: fc.constantFrom(1, 60, 300),
  mergedAtOnce: fc.constantFrom(2, 3, 32),
  minBytes: fc.constantFrom(40, 120, 400),
  wholeEntries: fc.constantFrom(0, 2, 8),
  heldBytes: fc.constantFrom(200, 600, 1500, 3000),
  maxChangelogs: fc.constantFrom(4, 8, 100),
})
const CHANGE = fc.record({ partitions: fc.integer({ min: 1, max: 3 }), rename: fc.boolean(), migrate: fc.boolean() })
type Change = typeof CHANGE extends fc.Arbitrary<infer C> ? C : never

const BATCH = fc.record({
  keyed: fc.array(model.STEP, { maxLength: 8 }),
  walked: fc.array(model.STEP, { maxLength: 8 }),
  /** Of two processes, which one does it. */
  process: seldom(15, fc.constant(1)).map((process) => process ?? 0),
  restart: chance(15),
  /** How an attempt ends that is made before: before its seal, after it, with what it writes. */
  fails: seldom(12, fc.constantFrom('running', 'sealed', 'written')),
  loses: chance(25),
  refuses: chance(8),
  seconds: fc.constantFrom(1, 1, 1, 2, 3600),
  timeoutMs: seldom(3, fc.constantFrom(2000, 3000, 5000, 15_000)),
  /** Whether the state that is looked up by key is taken whole. */
  whole: chance(30),
  walks: fc.nat(2),
  keyedChange: seldom(40, CHANGE),
  walkedChange: seldom(40, CHANGE),
  look: chance(6),
})
type Batch = typeof BATCH extends fc.Arbitrary<infer B> ? B : never

test('state of small thresholds equals a map, whoever goes on from it, and whatever becomes of its form', async () => {
  const met = { cold: 0, streamed: 0, pieces: 0, merged: 0, moved: 0 }
  await fc.assert(
    fc.asyncProperty(
      POLICY,
      fc.array(BATCH, { minLength: 5, maxLength: 40, size: 'max' }),
      async (snapshots, batches) => {
        const application = new Application(() => new SmallStore({ snapshots, maxParallelReads: 2 }), met)
        for (const batch of batches) await application.run(batch)
        await application.look()
      },
    ),
    { numRuns: 40 },
  )
  for (const [what, times] of Object.entries(met)) assert.ok(times > 0, `nothing was ${what}`)
})

interface Attempt {
  readonly changes: readonly StateChange[]
  readonly keyed: model.Operator
  readonly walked: model.Operator
}

/** One operator whose state is looked up by key and times out, one that walks over its state, and their models. */
class Application {
  readonly #world = new StateWorld()
  readonly #open: () => StateStore
  readonly #met: Record<'cold' | 'streamed' | 'pieces' | 'merged' | 'moved', number>
  readonly #processes: StateStore[]
  #keyed: model.Operator = { name: 'keyed', models: [new Map()] }
  #walked: model.Operator = { name: 'walked', models: [new Map()] }
  #time = 0

  constructor(open: () => StateStore, met: Record<'cold' | 'streamed' | 'pieces' | 'merged' | 'moved', number>) {
    this.#open = open
    this.#met = met
    this.#processes = [open(), open()]
  }

  async run(batch: Batch): Promise<void> {
    this.#time += batch.seconds * 1000
    if (batch.restart) this.#processes[batch.process] = this.#open()
    const changes: StateChange[] = []
    const keyed = this.#changed(this.#keyed, batch.keyedChange, changes)
    const walked = this.#changed(this.#walked, batch.walkedChange, changes)
    const attempt = () => ({ changes, keyed: model.copyOf(keyed), walked: model.copyOf(walked) })
    if (batch.fails) await this.#fail(await this.#attempt(batch, attempt()), batch.fails)
    const last = attempt()
    await this.#commit(await this.#attempt(batch, last), batch, last)
    if (batch.look) await this.look()
  }

  /** What a process finds that has nothing in memory. */
  async look(): Promise<void> {
    const run = this.#open().open(this.#world.base, this.#world)
    for (const { name, models } of [this.#keyed, this.#walked]) {
      for (const [partition, expected] of models.entries()) {
        const table = await run.table<unknown, unknown>(name, partition, models.length)
        model.assertEntries(table.entries(), expected)
        for (const { key, time } of expected.values()) assert.equal(table.timeAt(table.find(key)) ?? 0, time)
      }
    }
    run.abandon()
  }

  async #attempt(batch: Batch, { changes, keyed, walked }: Attempt): Promise<StateRun> {
    const { base } = this.#world
    const store = this.#processes[batch.process] as StateStore
    const isChanged = base && changes.length > 0
    const run = isChanged ? await store.openChanged(base, this.#world, changes) : store.open(base, this.#world)
    await this.#updateKeys(run, keyed, batch)
    await this.#walk(run, walked, batch)
    return run
  }

  async #fail(run: StateRun, end: NonNullable<Batch['fails']>): Promise<void> {
    const sealed = end === 'running' ? undefined : run.seal(this.#time)
    if (end === 'written') {
      for (const { parts } of sealed?.snapshots ?? []) await joined(parts())
      await sealed?.merge?.bytes()
    }
    run.abandon()
  }

  async #commit(run: StateRun, batch: Batch, { changes, keyed, walked }: Attempt): Promise<void> {
    const world = this.#world
    if (changes.length > 0) this.#met.moved++
    // Tables that were made anew have no other form.
    world.loses = batch.loses && changes.length === 0
    world.refuses = batch.refuses
    await world.commit(run, this.#time)
    this.#keyed = keyed
    this.#walked = walked
    const { snapshots = [], changelogs = [] } = world.base?.state ?? {}
    if (snapshots.some(({ earlier }) => earlier)) this.#met.pieces++
    if (changelogs.some(({ merged }) => merged)) this.#met.merged++
  }

  async #updateKeys(run: StateRun, { name, models }: model.Operator, batch: Batch): Promise<void> {
    for (const [partition, expected] of models.entries()) {
      const steps = model.stepsOf(batch.keyed, partition, models.length)
      const open = (batch.whole ? run.table : run.tableOfKeys).bind(run)
      const table = await open<unknown, unknown>(name, partition, models.length)
      const fetching = table.prefetch(steps.map(({ key }) => key))
      if (fetching) this.#met.cold++
      await fetching
      const expired = batch.timeoutMs && this.#time - batch.timeoutMs
      if (expired) await table.prefetchExpired(expired)
      model.applyAll(steps, table, { model: expected, time: this.#time })
      if (expired) model.expire(table, { model: expected, time: expired })
      if (batch.whole) model.assertEntries(table.entries(), expected)
    }
  }

  async #walk(run: StateRun, { name, models }: model.Operator, batch: Batch): Promise<void> {
    for (const [partition, expected] of models.entries()) {
      const steps = model.stepsOf(batch.walked, partition, models.length)
      const { kind, table } = await run.tableToWalk<unknown, unknown>(name, partition, models.length)
      const { next, fresh, end } = model.walking(steps, expected)
      if (kind === 'held') table.update(0, table.slots, (slot, value) => next(table.keyAt(slot), value))
      else await table.update(next, () => undefined)
      end()
      for (const step of fresh) {
        table.append(step.key, structuredClone(step.value))
        model.append(expected, step)
      }
      assert.equal(table.size, expected.size)
      for (let i = 0; i < batch.walks; i++) {
        const entries: (readonly [unknown, unknown])[] = []
        if (kind === 'held') entries.push(...table.entries())
        else
          await table.visit(
            (key, value) => void entries.push([key, value]),
            () => undefined,
          )
        model.assertEntries(entries, expected)
      }
      if (kind === 'streamed') this.#met.streamed++
    }
  }

  /** What an operator's state is after an upgrade, which `changes` is told of. */
  #changed(operator: model.Operator, change: Change | null, changes: StateChange[]): model.Operator {
    if (!change || !this.#world.base) return operator
    const { name: from, models } = operator
    const name = change.rename ? `${from.split('-')[0]}-${this.#time}` : from
    const { partitions, migrate } = change
    const at = { committedMs: this.#time, zeroMs: 0 }
    changes.push({
      from,
      to: { operator: name, at, shape: byHash(partitions), migrate: migrate ? migrated : undefined },
    })
    const moved: model.Model[] = Array.from({ length: partitions }, () => new Map())
    for (const [id, entry] of models.flatMap((entries) => [...entries])) {
      const value = migrate ? migrated(entry.key, entry.value) : entry.value
      if (value !== undefined) moved[partitionOfKey(entry.key, partitions)]?.set(id, { ...entry, value })
    }
    return { name, models: moved }
  }
}

function byHash(partitions: number): StateShape {
  return { place: ({ table, key }) => [{ table, partition: partitionOfKey(key, partitions), partitions }] }
}

function migrated(_key: unknown, value: unknown): unknown {
  return value === 1 ? undefined : [value]
}

function chance(one: number): fc.Arbitrary<boolean> {
  return fc.nat(one - 1).map((n) => n === 0)
}

function seldom<T>(one: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.tuple(chance(one), arbitrary).map(([is, value]) => (is ? value : null))
}

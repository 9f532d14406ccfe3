import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultyIO } from 'sluice/testing'
import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import type { StagedOutput } from '../../src/checkpoint/manifest.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import type { Sink } from '../../src/ports/sink.ts'
import { publishWhole } from '../../src/scheduler/publish.ts'
import { Random } from '../../src/util/random.ts'
import { attempt, committed, jobOf, type Partitions } from '../connectors/output-job.ts'
import { ListingReaders } from './listing-readers.ts'

/** One place to put out a batch to, with whoever reads there. */
export interface SinkSubject {
  /** Where attempts stage; nobody else's. */
  readonly checkpoint: ObjectStore
  /** The sink as one process has it: what it writes to goes through that process's connections. */
  open(io: FaultyIO): Sink
  /** Every copy of the batch that somebody who looks now takes for output. */
  look(): Promise<readonly unknown[]>
  /** Of sinks of files: where the batch's files appear. */
  readonly directory?: ObjectStore
}

export interface SinkContract {
  readonly name: string
  readonly delivery: 'exactly-once' | 'at-least-once'
  /** The batch as the attempt that is committed makes it, and as another one does: functions need not be deterministic. */
  readonly batch: Partitions
  readonly otherBatch: Partitions
  /** A new place each time. */
  open(): SinkSubject | Promise<SinkSubject>
  /** Every fault, many schedules and readers, where calls cost nothing; a sample, at every call all the same, where they do. */
  readonly thorough: boolean
}

const THOROUGH = {
  faults: ['crash-before', 'crash-after', 'dropped', 'lost-answer', 'twice'],
  seeds: 8,
  /** Listings that go on beside each other. */
  readers: 20,
} as const
const SAMPLE = { faults: ['crash-after', 'lost-answer'], seeds: 2, readers: 1 } as const

/** What every sink must do, whatever happens between its two phases and in the second one. */
export function sinkContract(contract: SinkContract): void {
  const { faults, seeds } = contract.thorough ? THOROUGH : SAMPLE
  const rule = (title: string, run: (trial: Trial) => Promise<void>) =>
    test(`${contract.name}: ${title}`, async () => run(await Trial.begin(contract)))
  const trials = (title: string, run: (again: () => Promise<Trial>) => Promise<void>) =>
    test(`${contract.name}: ${title}`, () => run(() => Trial.begin(contract)))

  rule('nothing is visible before it is published', async (trial) => {
    await trial.stage()
    assert.deepEqual(await trial.subject.look(), [])
  })

  rule('a batch that is staged again, by another attempt or for a replay, is the same', async (trial) => {
    const first = await trial.stage()
    await trial.publish(first)
    for (const replay of [false, true]) {
      const again = await trial.stage({ attempt: later(8), replay })
      assert.deepEqual(essence(again), essence(first))
    }
    await trial.assertVisible()
  })

  rule('of an attempt whose commit record was lost nothing is ever visible', async (trial) => {
    await trial.stage({ batch: contract.otherBatch })
    await trial.publish(await trial.stage({ attempt: later(8) }))
    await trial.assertVisible()
  })

  trials('an attempt that wakes while it stages changes nothing that its successor has committed', async (again) => {
    for (let asleep = 0, calls = 1; asleep < calls; asleep++) {
      const trial = await again()
      const { io, wake } = sleeper(asleep)
      const zombie = trial.stage({ io, batch: contract.otherBatch }).catch(() => undefined)
      const staged = await trial.stage({ attempt: later(8) })
      wake()
      await zombie
      await trial.publish(staged)
      await trial.assertVisible()
      calls = io.calls.length
    }
  })

  trials('a publish that was lost at any call is completed by a redo', async (again) => {
    for (const fault of faults) {
      for (let at = 0, calls = 1; at < calls; at++) {
        const trial = await again()
        const staged = await trial.stage()
        const io = trial.connections((call) => (call === at ? fault : undefined))
        await trial.publish(staged, { io }).catch(() => undefined)
        await trial.publish(staged, { redo: true })
        await trial.assertVisible(`${fault} at call ${at}, ${io.calls[at]}`)
        calls = fault.startsWith('crash') ? Math.max(calls, trial.callsOfPublish) : io.calls.length
      }
    }
  })

  trials('a zombie that goes on publishing after its successor is done changes no byte', async (again) => {
    for (let asleep = 0, calls = 1; asleep < calls; asleep++) {
      const trial = await again()
      const staged = await trial.stage()
      const { io, wake } = sleeper(asleep, () => trial.watch())
      const zombie = trial.publish(staged, { io, redo: asleep % 2 === 1 })
      await trial.publish(staged, { redo: true })
      await trial.assertVisible()
      wake()
      await zombie
      await trial.assertVisible(`asleep at call ${asleep}`)
      calls = io.calls.length
    }
  })

  trials('publishers that race leave the one batch', async (again) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const trial = await again()
      const staged = await trial.stage()
      const random = new Random(seed)
      const slow = async () => {
        for (let turns = random.nextInt(6); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
        await trial.watch()
      }
      const publishers = [false, true, true].map((redo) =>
        trial.publish(staged, { io: new FaultyIO(() => undefined, slow), redo }),
      )
      await Promise.all(publishers)
      await trial.assertVisible(`seed ${seed}`)
    }
  })
}

interface StageOptions {
  readonly batch?: Partitions
  readonly attempt?: Attempt
  readonly replay?: boolean
  readonly io?: FaultyIO
}

interface PublishOptions {
  readonly io?: FaultyIO
  readonly redo?: boolean
}

/** One batch on one place, with what readers may see of it. */
class Trial {
  readonly subject: SinkSubject
  readonly #contract: SinkContract
  readonly #expected: unknown
  readonly #readers: ListingReaders | undefined
  #seen = 0
  /** Of a publish that nothing disturbed. */
  readonly callsOfPublish: number

  /** `calm`: a place of the same kind, where nothing goes wrong. */
  private constructor(contract: SinkContract, subject: SinkSubject, calm: Calm) {
    this.#contract = contract
    this.subject = subject
    this.#expected = calm.visible
    this.callsOfPublish = calm.calls
    const { directory } = subject
    this.#readers =
      directory && new ListingReaders(directory, { most: (contract.thorough ? THOROUGH : SAMPLE).readers })
  }

  static async begin(contract: SinkContract): Promise<Trial> {
    return new Trial(contract, await contract.open(), await calmly(contract))
  }

  /** The connections of a process; readers look before each of its calls. */
  connections(faultAt: ConstructorParameters<typeof FaultyIO>[0] = () => undefined): FaultyIO {
    return new FaultyIO(faultAt, () => this.watch())
  }

  async stage({ batch = this.#contract.batch, replay = false, ...options }: StageOptions = {}): Promise<StagedOutput> {
    const io = options.io ?? new FaultyIO(() => undefined)
    return stageOn(this.subject, { batch, replay, io, of: options.attempt ?? attempt })
  }

  async publish(staged: StagedOutput, { io = this.connections(), redo = false }: PublishOptions = {}): Promise<void> {
    const { checkpoint } = this.subject
    const { signal } = new AbortController()
    const sink = this.subject.open(io)
    const context = { attempt, store: checkpoint, signal }
    if (redo && (await sink.closing?.isClosed(staged, attempt)) === true) return
    await publishWhole(sink, staged, context)
  }

  /** At any instant: nothing but the batch, whole, and never less than before. */
  async watch(): Promise<void> {
    await this.#readers?.read(this.#expected)
    const copies = await this.subject.look()
    for (const copy of copies) assert.deepEqual(copy, this.#expected)
    assert.ok(copies.length >= this.#seen, 'what was visible is gone')
    if (this.#contract.delivery === 'exactly-once') assert.ok(copies.length <= 1)
    this.#seen = copies.length
  }

  /** In the end, and also to those who have been listing all the time. */
  async assertVisible(message = ''): Promise<void> {
    await this.watch()
    assert.ok(this.#seen >= 1, `the batch is not visible ${message}`)
    await this.#readers?.finish(this.#expected)
  }
}

interface Calm {
  readonly visible: unknown
  readonly calls: number
}

const calmOf = new WeakMap<SinkContract, Promise<Calm>>()

/** What a publish that nothing disturbs shows, and takes. */
function calmly(contract: SinkContract): Promise<Calm> {
  const known = calmOf.get(contract)
  if (known !== undefined) return known
  const run = async (): Promise<Calm> => {
    const subject = await contract.open()
    const io = new FaultyIO(() => undefined)
    const staged = await stageOn(subject, { batch: contract.batch, replay: false, io, of: attempt })
    const before = io.calls.length
    const { signal } = new AbortController()
    await publishWhole(subject.open(io), staged, { attempt, store: subject.checkpoint, signal })
    const [visible, ...more] = await subject.look()
    assert.ok(visible !== undefined && more.length === 0, 'a batch that is published is visible once')
    return { visible, calls: io.calls.length - before }
  }
  const calm = run()
  calmOf.set(contract, calm)
  return calm
}

interface StageOn {
  readonly batch: Partitions
  readonly replay: boolean
  readonly io: FaultyIO
  readonly of: Attempt
}

async function stageOn({ checkpoint, open }: SinkSubject, { batch, replay, io, of }: StageOn): Promise<StagedOutput> {
  const job = jobOf(batch, { open: () => io.store(checkpoint) }, { attempt: of })
  return committed(await open(io).stage({ ...job, replay }))
}

/** A process whose calls from this one on wait until it is woken. */
function sleeper(asleep: number, before: () => Promise<void> = async () => {}) {
  let wake = () => {}
  const awake = new Promise<void>((resolve) => {
    wake = resolve
  })
  let calls = 0
  const io = new FaultyIO(
    () => undefined,
    async () => {
      if (calls++ >= asleep) await awake
      await before()
    },
  )
  return { io, wake }
}

/** What a staged output comes to, wherever it waits. */
function essence({ kind, destination, files, detail, partSizes }: StagedOutput): unknown {
  return { kind, destination, detail, partSizes, files: files.map(({ at, ...file }) => file) }
}

function later(token: number): Attempt {
  return { ...attempt, token: token as Token, number: 2 }
}

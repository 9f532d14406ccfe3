import { openers } from '../../src/connectors/openers.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { MemoryMetrics } from '../../src/local/memory-metrics.ts'
import { MemoryHeadRegister } from '../../src/local/stores/memory-head-register.ts'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import type { Log } from '../../src/ports/log.ts'
import type { ObjectStore, Storage } from '../../src/ports/object-store.ts'
import type { BatchObserver } from '../../src/scheduler/batch-report.ts'
import { createRuntime } from '../../src/scheduler/create-runtime.ts'
import type { InvocationOptions } from '../../src/scheduler/invocation.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'

/** A clock that goes on only when somebody sleeps. */
export class ManualClock implements Clock {
  #now = 0
  /** Whoever sleeps meanwhile sleeps on: no deadline comes, however long a busy machine takes. */
  stands = false
  now(): number {
    return this.#now
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.stands || !Number.isFinite(ms))
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()))
    await new Promise((resolve) => setImmediate(resolve))
    if (signal?.aborted !== true) this.#now += ms
  }
  advance(ms: number): void {
    this.#now += ms
  }
}

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Words counted per batch, over a window and over all batches: plain output, windows and state at once. */
export const counting = defineApp({ name: 'counting', batchInterval: seconds(1) }, (ssc) => {
  const words = ssc
    .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
  const add = (a: number, b: number) => a + b
  words.reduceByKey(add).saveAsTextFiles('memory://out/batch')
  words.reduceByKeyAndWindow(add, seconds(3), seconds(1)).saveAsTextFiles('memory://out/window')
  const total = words.updateStateByKey<number>((ones, sum = 0) => ones.reduce(add, sum))
  total.saveAsTextFiles('memory://out/total')
})

/** Counts lines, and leaves it to the runtime how many files a batch may take. */
export const unbounded = defineApp({ name: 'unbounded', batchInterval: seconds(1) }, (ssc) => {
  ssc.textFileStream('memory://in', { newFilesOnly: false }).count().saveAsTextFiles('memory://out/lines')
})

const OUT = 'memory://out/'

/** What outlives processes: a head register, a checkpoint, inputs and outputs. */
export class World {
  readonly clock: ManualClock
  readonly register: HeadRegister
  readonly checkpoint: ObjectStore
  readonly places = new Map<string, MemoryObjectStore>()
  /** Final names that were written twice with different bytes: must stay empty. */
  readonly overwritten: string[] = []

  constructor({ register, checkpoint, clock }: Partial<Pick<World, 'register' | 'checkpoint' | 'clock'>> = {}) {
    this.clock = clock ?? new ManualClock()
    this.register = register ?? new MemoryHeadRegister()
    this.checkpoint = checkpoint ?? new MemoryObjectStore({ url: 'memory://checkpoint', clock: this.clock })
  }

  place(url: string): MemoryObjectStore {
    const place = this.places.get(url) ?? new MemoryObjectStore({ url, clock: this.clock })
    this.places.set(url, place)
    return place
  }

  async feed(files: number, lines = 3): Promise<void> {
    for (let file = 0; file < files; file++) {
      const text = Array.from({ length: lines }, (_, line) => `a b${(file + line) % 3} c${file}`).join('\n')
      await this.place('memory://in').put(
        `f${String(file).padStart(3, '0')}.txt`,
        new TextEncoder().encode(`${text}\n`),
      )
    }
  }

  /** A process with an application in it; everything it remembers is its own. */
  process(io = new FaultyIO(() => undefined), app = counting, observers: readonly BatchObserver[] = []): Runtime {
    const stores = new Map<string, ObjectStore>()
    const storage: Storage = {
      open: (url) => {
        const known = stores.get(url) ?? io.store(this.#guarded(this.place(url)))
        stores.set(url, known)
        return known
      },
    }
    return createRuntime(
      app,
      {},
      {
        clock: this.clock,
        register: io.register(this.register),
        checkpoint: io.store(this.checkpoint),
        ...openers({ storage, clock: this.clock, write: () => {} }),
        log: quiet,
        metrics: new MemoryMetrics(),
        memoryBytes: 1 << 30,
        leaseAbandoned: () => true,
        observers,
      },
    )
  }

  /** Every file that a reader sees below the outputs, with its text. */
  async outputs(): Promise<Map<string, string>> {
    const files = new Map<string, string>()
    const places = [...this.places].filter(([url]) => url.startsWith(OUT)).sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [url, place] of places) {
      for await (const page of place.list('')) {
        for (const { key } of page) {
          const bytes = await (await place.get(key))?.bytes()
          files.set(`${url.slice(OUT.length)}/${key}`, new TextDecoder().decode(bytes))
        }
      }
    }
    return files
  }

  #guarded(store: MemoryObjectStore): ObjectStore {
    const check = async (key: string, body: Uint8Array) => {
      const there = await (await store.get(key))?.bytes()
      if (there !== undefined && Buffer.compare(there, body) !== 0) this.overwritten.push(key)
    }
    return new Proxy(store, {
      get: (target, property) => {
        const member = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        if (property !== 'put') return member.bind(target)
        return async (key: string, body: Uint8Array) => {
          await check(key, body)
          return target.put(key, body)
        }
      },
    })
  }
}

export const UNTIL_IDLE: InvocationOptions = {
  deadlineMs: Number.POSITIVE_INFINITY,
  marginMs: 0,
  due: 'source',
  zeroTime: 0,
  waitUntilMs: 1e15,
}

/** Runs processes one after the other, each dying of its own faults, until the sources have nothing more. */
export async function drain(world: World, processes: Iterable<Runtime>): Promise<number> {
  let started = 0
  for (const runtime of processes) {
    started++
    try {
      const outcome = await runInvocation(runtime, UNTIL_IDLE)
      if (outcome.sourcesDone === true) return started
    } catch {
      world.clock.advance(400_000)
    }
    if (started > 50) throw new Error('the backlog does not drain')
  }
  throw new Error('no process is left')
}

/** An endless supply of processes: the first with these faults, the others without. */
export function* processesWith(world: World, io: FaultyIO): Generator<Runtime> {
  yield world.process(io)
  for (;;) yield world.process()
}

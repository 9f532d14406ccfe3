import assert from 'node:assert/strict'
import { openReceiverSource } from '../../src/connectors/receiver/receiver-source.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { InputDStream } from '../../src/dstream/input-dstream.ts'
import { Receiver } from '../../src/dstream/receiver.ts'
import type { CutBatch } from '../../src/dstream/sources/computed-stream.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import type { SourceOpener } from '../../src/ports/source.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { closeSources, type Runtime } from '../../src/scheduler/runtime.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { seconds, type Time } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

/*
 * Versions of an application, each with streams of its own under names that another may use otherwise.
 */

/** A log from now on: its first plan says where that is. */
class Log extends InputDStream<string> {
  readonly #records: readonly string[]
  constructor(ssc: StreamBuilder, records: readonly string[]) {
    super(ssc)
    this.#records = records
  }
  compute(): undefined {}
  override cut(_: Time, position: unknown): CutBatch {
    const from = position === undefined ? this.#records.length : Number(position)
    return { ranges: from < this.#records.length ? [[from, this.#records.length]] : [], next: this.#records.length }
  }
  override read(range: unknown): string[] {
    const [from, until] = range as [number, number]
    return this.#records.slice(from, until)
  }
}

/** Gives one element a batch, by the time of that, and stores it with the plan. */
class Times extends InputDStream<string> {
  compute(time: Time): string[] {
    return [`at ${time.milliseconds}`]
  }
}

/** What it receives is put into its blocks by the tests. */
class Idle extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
}

type Reading = 'files' | 'queue' | 'received' | 'times' | readonly string[]

export interface Version {
  /** What each stream reads: files, a queue or what is received from the beginning, times, or a log from now on. */
  readonly streams: Readonly<Record<string, Reading>>
  readonly upgrade?: UpgradeOptions
  readonly fails?: boolean
}

export function version({ streams, upgrade, fails = false }: Version): Application {
  return defineApp({ name: 'anew', batchInterval: seconds(1), upgrade }, (ssc) => {
    for (const [uid, reading] of Object.entries(streams)) {
      const lines = opened(ssc, reading)
      lines.uid(uid).saveAsTextFiles(`memory://out/${uid}`)
      lines.foreachRDD(() => {
        if (fails) throw new RangeError('not today')
      })
    }
  })
}

function opened(ssc: StreamBuilder, reading: Reading) {
  if (reading === 'files') return ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
  if (reading === 'times') return new Times(ssc)
  if (reading === 'received') return ssc.receiverStream(new Idle())
  return reading === 'queue' ? ssc.queueStream([['q0'], ['q1'], ['q2'], ['q3']]) : new Log(ssc, reading)
}

/** A process with a version in it; a receiver of its finds nothing but blocks that are there. */
export function processOf(world: World, of: Version): Runtime {
  const runtime = world.process(undefined, version(of))
  const openSource: SourceOpener = (descriptor, uid, surroundings) =>
    (descriptor.kind === 'receiver' ? openReceiverSource : runtime.openSource)(descriptor, uid, surroundings)
  return { ...runtime, openSource }
}

export async function batchOf(world: World, of: Version): Promise<void> {
  const runtime = processOf(world, of)
  try {
    await runInvocation(runtime, { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
  } finally {
    await closeSources(runtime)
  }
}

export async function failedBatchOf(world: World, of: Version): Promise<void> {
  await assert.rejects(batchOf(world, { ...of, fails: true }), { code: 'batch-failed' })
}

export async function worldAfter(...versions: readonly Version[]): Promise<World> {
  const world = new World()
  await world.feed(6, 1)
  for (const of of versions) await batchOf(world, of)
  return world
}

export async function linesOf(world: World, uid: string): Promise<string[]> {
  return [...(await world.outputs())].flatMap(([key, text]) =>
    key.startsWith(`${uid}-`) && text !== '' ? text.trim().split('\n') : [],
  )
}

export async function isSound(world: World, of: Version): Promise<boolean> {
  const { sound, findings } = await verifyCheckpoint(processOf(world, of), { signal: new AbortController().signal })
  assert.deepEqual(findings, [])
  return sound
}

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DStream, defineApp, seconds } from 'sluice'
import { localEnvironment, runApplication } from 'sluice/local'
import { ColumnProgram } from './column-program.ts'
import { countedStore } from './counted-store.ts'
import { KEYS, MapLoop, type Update } from './keyed-updates.ts'
import { median } from './rounds.ts'

/** Batches before the ones that count: the code is compiled by then, and has seen a snapshot. */
export const WARM_UP = 10
export const MEASURED = 31

/** What a stream of updates becomes, and how many elements the last batch of that has. */
export interface Keeping {
  readonly operation: (updates: DStream<[number, number]>) => DStream<unknown>
  /** What a loop does beside changing its `Map`. */
  readonly visit: (loop: MapLoop) => void
}

/** Medians over the batches that count. */
export interface StateCosts {
  readonly ms: number
  readonly slowestMs: number
  readonly loopMs: number
  readonly bytes: number
  /** The mean: snapshots included. */
  readonly meanBytes: number
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} }

/** Runs `use` with a directory for a checkpoint. */
export async function withDirectory<R>(use: (directory: string) => Promise<R>): Promise<R> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The application's batches, each followed by the same on a `Map`, so that both meet the same heap and clock speed. */
export async function stateCosts(batches: readonly Update[][], keeping: Keeping): Promise<StateCosts> {
  return withDirectory(async (checkpoint) => {
    const loop = new MapLoop()
    const times = { ours: [] as number[], loop: [] as number[], bytes: [] as number[] }
    let began = 0
    let writtenBefore = 0
    const batchCommitted = (): void => {
      times.ours.push(performance.now() - began)
      times.bytes.push(written() - writtenBefore)
      writtenBefore = written()
      const loopBegan = performance.now()
      loop.apply(batches[times.loop.length] ?? [])
      keeping.visit(loop)
      times.loop.push(performance.now() - loopBegan)
      began = performance.now()
    }
    const environment = localEnvironment({ checkpoint, log: QUIET, observers: [{ batchCommitted }] })
    const { store, written } = countedStore(environment.checkpoint)
    began = performance.now()
    await runBatches(batches, keeping, { ...environment, checkpoint: store })
    assert.equal(loop.size, KEYS)
    const last = <T>(all: readonly T[]): readonly T[] => all.slice(1 + WARM_UP)
    return {
      ms: median(last(times.ours)),
      slowestMs: Math.max(...last(times.ours)),
      loopMs: median(last(times.loop)),
      bytes: median(last(times.bytes)),
      meanBytes: last(times.bytes).reduce((sum, bytes) => sum + bytes, 0) / MEASURED,
    }
  })
}

/** What the least program for these batches takes for one, beside the loop that changes a `Map`. */
export async function columnCosts(
  batches: readonly Update[][],
): Promise<{ readonly ms: number; readonly loopMs: number }> {
  return withDirectory(async (directory) => {
    const [loop, program] = [new MapLoop(), new ColumnProgram(join(directory, 'changelog'))]
    const times = { ms: [] as number[], loopMs: [] as number[] }
    for (const [number, batch] of batches.entries()) {
      const began = performance.now()
      const results = program.apply(batch, number + 1)
      const ended = performance.now()
      loop.apply(batch)
      times.ms.push(ended - began)
      times.loopMs.push(performance.now() - ended)
      assert.equal(results.length, batch.length)
    }
    const last = (all: readonly number[]): number => median(all.slice(1 + WARM_UP))
    return { ms: last(times.ms), loopMs: last(times.loopMs) }
  })
}

/** All batches that the checkpoint does not hold yet. */
export async function runBatches(
  batches: readonly Update[][],
  { operation }: Keeping,
  environment: ReturnType<typeof localEnvironment>,
): Promise<void> {
  const app = defineApp({ name: 'state', batchInterval: seconds(1) }, (ssc) => {
    operation(ssc.queueStream(batches as unknown as [number, number][][]))
      .count()
      .foreachRDD(async (rdd) => assert.ok(((await rdd.first()) ?? 0) > 0))
  })
  await runApplication(app, { start: 0, untilIdle: true }, environment)
}

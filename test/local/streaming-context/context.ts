import type { TestContext } from 'node:test'
import type { StreamingContextOptions } from '../../../src/local/context-arguments.ts'
import { StreamingContext } from '../../../src/local/streaming-context.ts'
import type { Log } from '../../../src/ports/log.ts'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { type Duration, milliseconds } from '../../../src/util/time.ts'

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} }

export interface ContextSetup extends StreamingContextOptions {
  readonly name?: string
  readonly batch?: Duration
  readonly conf?: SparkConf
}

/** A context that says nothing, and is stopped when the test ends. */
export function contextFor(test: TestContext, setup: ContextSetup = {}): StreamingContext {
  const { name = 'test', batch = milliseconds(20), conf = new SparkConf(), ...options } = setup
  // Ten short batches are over before a busy machine has stored and committed what was received.
  conf.setIfMissing('spark.streaming.gracefulStopTimeout', '20000s')
  const ssc = new StreamingContext(conf.setAppName(name), batch, { log: quiet, write: () => {}, ...options })
  test.after(() => ssc.stop())
  return ssc
}

/** The elements of each batch that an output got, as they come. */
export class Collected<T> {
  readonly batches: T[][] = []
  #wake: (() => void) | undefined

  add(batch: T[]): void {
    this.batches.push(batch)
    this.#wake?.()
  }

  async atLeast(count: number): Promise<T[][]> {
    while (this.batches.length < count) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.batches
  }
}

import { callSite } from '../rdd/call-site.ts'
import { assert } from '../util/assert.ts'
import type { Time } from '../util/time.ts'
import { DStream } from './dstream.ts'
import { type ComputedBatch, type ComputedStream, type CutBatch, computedSource } from './sources/computed-stream.ts'
import { inputStream } from './sources/input.ts'
import type { StreamBuilder } from './stream-builder.ts'

/**
 * An input stream of one's own (Spark's `InputDStream`): `compute` makes the dataset of each batch. What it gives is stored
 * before the batch runs, so that every attempt and replay sees the same, whatever `compute` would give the next time. A
 * stream that can read the same again stores nothing: it has `cut`, which names what a batch reads, and `read`.
 *
 * @example
 * ```ts
 * class Seconds extends InputDStream<number> {
 *   #given = 0
 *   compute(): number[] {
 *     return this.#given < 3 ? [this.#given++] : []
 *   }
 * }
 * new Seconds(ssc).map((second) => second * 1000) // [[0], [1000], [2000]]
 * ```
 */
export abstract class InputDStream<T> extends DStream<T> implements ComputedStream<T> {
  readonly context: StreamBuilder

  constructor(ssc: StreamBuilder) {
    const made: { stream?: ComputedStream<unknown> } = {}
    const partitions = ssc.sparkContext.defaultParallelism
    const stream = (): ComputedStream<unknown> => {
      assert(made.stream, 'a stream is opened after it was made')
      return made.stream
    }
    const site = callSite(new.target.name, new.target)
    super(
      ssc.graph,
      ssc.graph.add(inputStream<T>(computedSource({ stream, partitions }), ssc.batchInterval, site)),
      partitions,
    )
    this.context = ssc
    made.stream = this
  }

  /** The dataset of the batch at `time`: a dataset, an array, or `undefined` for none. Called once for each plan. */
  abstract compute(time: Time): ComputedBatch<T> | Promise<ComputedBatch<T>>

  /** Instead of `compute`, with `read`: what the batch at `time` reads, from where the last one ended (`undefined`: from the beginning). */
  cut?(time: Time, position: unknown): CutBatch | Promise<CutBatch>

  /** The elements of one range of `cut`: the same whenever it is called, or an error. */
  read?(range: unknown): Iterable<T> | AsyncIterable<T> | Promise<Iterable<T>>

  /** Called before the first batch of a process, after a restart, too. */
  start(): void | Promise<void> {}

  /** Called when the context ends. */
  stop(): void | Promise<void> {}

  /** Its place among all input streams of the context, from 0: the key of `BatchInfo.streamIdToInputInfo`. */
  get id(): number {
    return this.graph.streamIdOf(this.node)
  }

  /** As listeners call the stream: `Seconds stream` for a class `Seconds` or `SecondsInputDStream`. */
  get name(): string {
    const words = this.constructor.name.replace(/(InputDStream|DStream)$/, '').split(/(?=[A-Z])/)
    const [first = '', ...rest] = words.map((word) => word.toLowerCase())
    return `${first.charAt(0).toUpperCase()}${[first.slice(1), ...rest].join(' ')} stream`
  }
}

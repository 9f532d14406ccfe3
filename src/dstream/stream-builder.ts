import { callSite } from '../rdd/call-site.ts'
import type { RDD } from '../rdd/rdd.ts'
import { SluiceError } from '../util/errors.ts'
import type { Duration, Time } from '../util/time.ts'
import type { DStream } from './dstream.ts'
import { InputStreams } from './facade/input-streams.ts'
import { transformStream } from './operators/transform.ts'
import { unionStream } from './operators/union.ts'
import type { StreamingListener } from './streaming-listener.ts'

/**
 * What `build` declares an application with: all of Spark's `StreamingContext` but the life cycle. What is declared
 * after the start is refused with code `graph-closed`. Below, the batches of each stream:
 *
 * @example
 * ```ts
 * const lines = ssc.queueStream([['row row'], ['row your boat']]) // [['row row'], ['row your boat']]
 * const words = lines.flatMap((line) => line.split(' '))
 * ssc.union([words, words]).count() // [[4], [6]]
 * ssc.batchInterval // seconds(1)
 * ```
 */
export class StreamBuilder extends InputStreams {
  #checkpointDirectory: string | undefined

  /** What `remember` was told. */
  get rememberDuration(): Duration | undefined {
    return this.graph.rememberDuration
  }

  /** What `checkpoint` was told. */
  get checkpointDirectory(): string | undefined {
    return this.#checkpointDirectory
  }

  /**
   * How long datasets are to be had again at least: `slice` evaluates batches of the checkpoint again, and those that are younger
   * than this stay there, however little `retain` keeps (a day by default). Refused with code `remember-twice` when it has been
   * said before.
   *
   * @example
   * ```ts
   * ssc.remember(minutes(1))
   * ssc.rememberDuration // minutes(1)
   * ssc.remember(minutes(5)) // throws 'remember-twice'
   * ```
   */
  remember(duration: Duration): void {
    const before = this.graph.rememberDuration
    if (before !== undefined) throw rememberTwice(before, duration)
    this.graph.rememberDuration = duration
  }

  /**
   * Where a `StreamingContext` keeps its checkpoint, a directory; `null` takes it back. An application of `defineApp` has its
   * checkpoint where whoever runs it says.
   *
   * @example
   * ```ts
   * ssc.checkpoint('data/checkpoint')
   * ssc.checkpointDirectory // 'data/checkpoint'
   * ```
   */
  checkpoint(directory: string | null): void {
    if (directory === '') throw emptyDirectory()
    this.#checkpointDirectory = directory ?? undefined
  }

  /**
   * Tells a listener what becomes of receivers, batches and outputs, wherever the application runs; from now on, also
   * while it runs.
   *
   * @example
   * ```ts
   * const batches: number[] = []
   * const listener: StreamingListener = {
   *   onBatchCompleted({ batchInfo }) {
   *     if (batches.push(batchInfo.batchTime) === 10) ssc.removeStreamingListener(listener)
   *   },
   * }
   * ssc.addStreamingListener(listener)
   * ```
   */
  addStreamingListener(listener: StreamingListener): void {
    this.graph.listeners.add(listener)
  }

  /** Tells a listener nothing more. */
  removeStreamingListener(listener: StreamingListener): void {
    this.graph.listeners.remove(listener)
  }

  /** The elements of all streams, which must have one slide. */
  union<T>(streams: readonly DStream<T>[]): DStream<T> {
    const nodes = streams.map((stream) => stream.node)
    return this.stream(unionStream(nodes, callSite('union', this.union)))
  }

  /**
   * A stream whose datasets `f` makes from those of all `streams`.
   *
   * @example
   * ```ts
   * const both = ssc.transform([lines, words], (rdds) => ssc.sparkContext.union<string>(rdds))
   * both.count() // [[3], [4]]
   * ```
   */
  transform<U>(
    streams: readonly DStream<unknown>[],
    f: (rdds: readonly RDD<never>[], time: Time) => RDD<U> | Promise<RDD<U>>,
  ): DStream<U> {
    const nodes = streams.map((stream) => stream.node)
    return this.stream(transformStream(nodes, f, callSite('transform', this.transform)))
  }
}

function rememberTwice(before: Duration, now: Duration): SluiceError {
  return new SluiceError({
    code: 'remember-twice',
    kind: 'invalid',
    message: `Remember duration already set as ${before}. Cannot set it as ${now}.`,
  })
}

function emptyDirectory(): SluiceError {
  return new SluiceError({
    code: 'bad-checkpoint-directory',
    kind: 'invalid',
    message: 'A checkpoint directory has a name; null takes back what was said before',
  })
}

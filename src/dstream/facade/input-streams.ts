import type { SourceDescriptor } from '../../ports/source.ts'
import { type CallSite, callSite } from '../../rdd/call-site.ts'
import type { Element } from '../../rdd/element.ts'
import type { FileDecoder } from '../../rdd/formats/decoder.ts'
import type { RDD } from '../../rdd/rdd.ts'
import { SparkConf } from '../../rdd/spark-conf.ts'
import { SparkContext } from '../../rdd/spark-context.ts'
import type { Duration } from '../../util/time.ts'
import { DStream } from '../dstream.ts'
import type { Graph } from '../graph.ts'
import type { Receiver } from '../receiver.ts'
import { type FileFormat, type FileStreamOptions, fileSource } from '../sources/file-stream.ts'
import { checkSource, inputStream } from '../sources/input.ts'
import { type KinesisStreamOptions, kinesisSource } from '../sources/kinesis-stream.ts'
import { constantSource, type QueueItem, queueSource } from '../sources/queue-stream.ts'
import { receiverSource, type SocketConverter, socketSource } from '../sources/receiver-stream.ts'
import type { StreamNode } from '../stream-node.ts'

/** What a builder is made from. */
export interface StreamBuilderOptions {
  readonly graph: Graph
  /** Partitions of keyed operators that nobody gave a number, 2 by default. Part of what stored state fits. */
  readonly defaultParallelism?: number | undefined
  /** Settings by their `spark.*` keys. */
  readonly conf?: SparkConf | undefined
  /** By default one of its own. */
  readonly sparkContext?: SparkContext | undefined
}

/** Where streams come from. */
export abstract class InputStreams {
  readonly graph: Graph
  /** For datasets that exist before any batch: initial state, the items of a queue. */
  readonly sparkContext: SparkContext
  /** Settings by their `spark.*` keys. */
  readonly conf: SparkConf

  constructor({ graph, defaultParallelism, conf = new SparkConf(), sparkContext }: StreamBuilderOptions) {
    this.graph = graph
    this.conf = conf
    this.sparkContext = sparkContext ?? new SparkContext({ defaultParallelism })
  }

  /** How often there is a batch. */
  get batchInterval(): Duration {
    return this.graph.batchInterval
  }

  /**
   * The lines of the files in a directory (`/data/in`, `s3://bucket/prefix`, a glob of directories), each file once.
   *
   * @example
   * ```ts
   * ssc.textFileStream('data/in', { newFilesOnly: false }) // [['row row', 'row your boat']]
   * ```
   */
  textFileStream(directory: string, options: FileStreamOptions = {}): DStream<string> {
    const site = callSite('textFileStream', this.textFileStream)
    return this.inputStream(fileSource(directory, options, { format: 'text' }), site)
  }

  /**
   * The files in a directory, each once: as lines of text, as NDJSON, as records of a fixed length in bytes, or as what
   * `decode` makes of a file's bytes, in chunks. It must make the same of them whenever it is called.
   *
   * @example
   * ```ts
   * ssc.fileStream('data/in', { format: 'text', newFilesOnly: false }) // [['row row', 'row your boat']]
   *
   * async function* sizes(bytes: AsyncIterable<Uint8Array>) {
   *   let size = 0
   *   for await (const chunk of bytes) size += chunk.length
   *   yield [size]
   * }
   * ssc.fileStream('data/in', { decode: sizes, newFilesOnly: false }) // [[22]]
   * ```
   */
  fileStream(directory: string, options: FileStreamOptions & { readonly format: 'text' }): DStream<string>
  fileStream(
    directory: string,
    options: FileStreamOptions & { readonly format: 'binary-records'; readonly recordLength: number },
  ): DStream<Uint8Array>
  fileStream<T = unknown>(directory: string, options: FileStreamOptions & { readonly format: 'ndjson' }): DStream<T>
  fileStream<T>(directory: string, options: FileStreamOptions & { readonly decode: FileDecoder<T> }): DStream<T>
  fileStream(directory: string, options: FileStreamOptions & FileFormat = { format: 'text' }): DStream<never> {
    return this.inputStream<never>(fileSource(directory, options), callSite('fileStream', this.fileStream))
  }

  /**
   * Records of `recordLength` bytes of the files in a directory, each file once; one that does not end with a whole
   * record fails the batch.
   *
   * @example
   * ```ts
   * const lines = ssc.binaryRecordsStream('data/records', 8, { newFilesOnly: false })
   * lines.map((bytes) => new TextDecoder().decode(bytes)) // [['row row ', 'row boat']]
   * ```
   */
  binaryRecordsStream(directory: string, recordLength: number, options: FileStreamOptions = {}): DStream<Uint8Array> {
    const format = { format: 'binary-records', recordLength } as const
    const site = callSite('binaryRecordsStream', this.binaryRecordsStream)
    return this.inputStream(fileSource(directory, options, format), site)
  }

  /**
   * The records of a Kinesis stream: their bytes, or what `decode` makes of them.
   *
   * @example
   * ```ts
   * const decode = ({ data }: KinesisRecord) => new TextDecoder().decode(data)
   * const song = ssc.kinesisStream({ streamName: 'lines', initialPosition: 'TRIM_HORIZON', decode })
   * song // [['row row', 'row your boat']]
   * ```
   */
  kinesisStream<T = Uint8Array>(options: KinesisStreamOptions<T>): DStream<T> {
    return this.inputStream(kinesisSource(options), callSite('kinesisStream', this.kinesisStream))
  }

  /**
   * Batches from a list, for tests: one item a batch, or all that are left at once. Items that are pushed while the
   * application runs are seen by the batches after it. After a restart the stream goes on where it was in a queue that
   * was filled in the same way; one with fewer items is refused with code `queue-shorter`.
   *
   * @example
   * ```ts
   * ssc.queueStream([['row', 'row'], ['boat']]) // [['row', 'row'], ['boat']]
   * ssc.queueStream([['row', 'row'], ['boat']], false) // [['row', 'row', 'boat'], []]
   * ```
   */
  queueStream<T extends Element>(
    queue: readonly QueueItem<T>[],
    oneAtATime = true,
    defaultRDD?: RDD<T> | readonly T[] | null,
  ): DStream<T> {
    const partitions = this.sparkContext.defaultParallelism
    const source = queueSource({ queue, oneAtATime, defaultRDD, partitions })
    return this.inputStream(source, callSite('queueStream', this.queueStream))
  }

  /**
   * The same dataset in every batch.
   *
   * @example
   * ```ts
   * const boats = ssc.constantStream(['boat'])
   * lines.union(boats) // [['row row', 'boat'], ['row your boat', 'boat']]
   * ```
   */
  constantStream<T extends Element>(rdd: RDD<T> | readonly T[]): DStream<T> {
    const partitions = this.sparkContext.defaultParallelism
    return this.inputStream(constantSource(rdd, partitions), callSite('constantStream', this.constantStream))
  }

  /**
   * What a receiver takes in while the application runs in a process that stays up. What it stores is durable in the
   * checkpoint and read by one batch, which has a partition for each block.
   *
   * @example
   * ```ts
   * class Greeter extends Receiver<string> {
   *   onStart(): void {
   *     void this.store(['ahoy', 'boat']) // resolves once both are durable
   *   }
   *   onStop(): void {}
   * }
   * ssc.receiverStream(new Greeter()).count().print()
   * ```
   */
  receiverStream<T>(receiver: Receiver<T>): DStream<T> {
    return this.inputStream(receiverSource(receiver), callSite('receiverStream', this.receiverStream))
  }

  /**
   * The lines that a server sends over TCP, in UTF-8, connected to again whenever that ends. They are not acknowledged:
   * those of the last moments before a crash are lost.
   *
   * @example
   * ```ts
   * // Beside it, in a terminal: nc -lk 9999
   * ssc.socketTextStream('localhost', 9999).flatMap((line) => line.split(' ')).print()
   * ```
   */
  socketTextStream(host: string, port: number, _storageLevel?: unknown): DStream<string> {
    const source = socketSource({ host, port, format: 'lines' })
    return this.inputStream(source, callSite('socketTextStream', this.socketTextStream))
  }

  /**
   * What `converter` makes of the bytes that a server sends over TCP; it is called anew for each connection.
   *
   * @example
   * ```ts
   * ssc.socketStream('localhost', 9999, async function* (bytes) {
   *   for await (const chunk of bytes) yield chunk.length
   * }).print()
   * ```
   */
  socketStream<T>(host: string, port: number, converter: SocketConverter<T>, _storageLevel?: unknown): DStream<T> {
    const source = socketSource({ host, port, format: converter })
    return this.inputStream(source, callSite('socketStream', this.socketStream))
  }

  /**
   * Blocks that a server sends over TCP, each as its length in 4 bytes, big-endian, and the bytes of `serializeBlock`.
   * They are stored as they come: nothing is faster.
   *
   * @example
   * ```ts
   * ssc.rawSocketStream<string>('localhost', 9999).count().print()
   * ```
   */
  rawSocketStream<T>(host: string, port: number, _storageLevel?: unknown): DStream<T> {
    const source = socketSource({ host, port, format: 'blocks' })
    return this.inputStream(source, callSite('rawSocketStream', this.rawSocketStream))
  }

  /**
   * A stream from any source that whoever runs the application can open: how kinds of input are added.
   *
   * @example
   * ```ts
   * ssc.inputStream<string>({ kind: 'queue', options: { queue: [['row', 'boat']] } }) // [['row', 'boat']]
   * ```
   */
  inputStream<T>(
    source: SourceDescriptor,
    site: CallSite = callSite(checkSource(source).kind, this.inputStream),
  ): DStream<T> {
    return this.stream(inputStream<T>(source, this.batchInterval, site))
  }

  protected stream<T>(node: StreamNode<T>): DStream<T> {
    return new DStream(this.graph, this.graph.add(node), this.sparkContext.defaultParallelism)
  }
}

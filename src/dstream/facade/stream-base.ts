import { HashPartitioner, type Partitioner, type Partitioning } from '../../rdd/partitioner.ts'
import type { Duration } from '../../util/time.ts'
import type { DStream } from '../dstream.ts'
import type { Graph } from '../graph.ts'
import type { StreamNode } from '../stream-node.ts'

/** What every section of the façade builds on. The sections stand in files of their own; `DStream` is the last of them. */
export abstract class StreamBase<T> {
  readonly graph: Graph
  readonly node: StreamNode<T>
  protected readonly defaultPartitions: number

  constructor(graph: Graph, node: StreamNode<T>, defaultPartitions: number) {
    this.graph = graph
    this.node = node
    this.defaultPartitions = defaultPartitions
  }

  /** A stream of the same graph made by another operator. */
  protected abstract derive<U>(node: StreamNode<U>): DStream<U>

  /** How often there is a dataset. */
  get slideDuration(): Duration {
    return this.node.slideDuration
  }
  /** What this stream is made from. */
  get dependencies(): readonly StreamNode<unknown>[] {
    return this.node.parents
  }

  protected partitionerOr(partitioning: Partitioning | undefined): Partitioner {
    return typeof partitioning === 'object' ? partitioning : new HashPartitioner(this.partitionsOr(partitioning))
  }

  protected partitionsOr(numPartitions: number | undefined): number {
    return numPartitions ?? this.defaultPartitions
  }
}

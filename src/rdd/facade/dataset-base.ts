import { chunksOf } from '../chunks.ts'
import { defaultPartitioner } from '../default-partitioner.ts'
import type { Node, Task } from '../node.ts'
import { HashPartitioner, type Partitioner, type Partitioning } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import type { RDDContext } from '../rdd-context.ts'

/** What every section of the façade builds on. The sections stand in files of their own; `RDD` is the last of them. */
export abstract class DatasetBase<T> {
  readonly sparkContext: RDDContext
  readonly node: Node<T>

  constructor(sparkContext: RDDContext, node: Node<T>) {
    this.sparkContext = sparkContext
    this.node = node
  }

  /** A dataset of the same context with another recipe: how operators are added. */
  abstract derive<U>(node: Node<U>): RDD<U>

  /** How many partitions this is computed in. */
  getNumPartitions(): number {
    return this.node.partitions
  }
  /** What placed the keys of these pairs, if anything did; operations that agree with it need not shuffle. */
  get partitioner(): Partitioner | undefined {
    return this.node.partitioner
  }

  /** Runs `task` on each partition, read in chunks as it asks for them; results come in the order of the partitions. */
  runPartitions<R>(task: (partition: number, chunks: AsyncIterable<readonly T[]>) => Promise<R>): Promise<R[]> {
    const { node } = this
    return this.runTasks((partition, surroundings) => task(partition, chunksOf(node, partition, surroundings)))
  }

  /** What partitions the result of an operation on the keys of this dataset, and of `others`. */
  partitionerFor(partitioning: Partitioning | undefined, ...others: readonly RDD<unknown>[]): Partitioner {
    if (typeof partitioning === 'number') return new HashPartitioner(partitioning)
    const nodes: Node<unknown>[] = [this.node, ...others.map((other) => other.node)]
    return partitioning ?? defaultPartitioner(nodes, this.sparkContext.configuredParallelism)
  }

  protected runTasks<R>(task: (partition: number, task: Task) => Promise<R>): Promise<R[]> {
    return this.sparkContext.run({ node: this.node, task })
  }
  protected defaultPartitions(): number {
    return this.sparkContext.configuredParallelism ?? Math.max(1, this.node.partitions)
  }
}

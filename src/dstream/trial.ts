import type { RDD } from '../rdd/rdd.ts'
import { withAncestors } from './ancestors.ts'
import { Batch, type BatchContext } from './batch.ts'
import type { Graph } from './graph.ts'
import type { StreamNode } from './stream-node.ts'

/**
 * Datasets in which each record of some input streams meets every function that takes it alone: up to where it is shuffled,
 * kept, put out, or handed to a function of whole datasets. Of a batch of their own, so nothing of them is kept.
 */
export async function trialDatasets(
  graph: Graph,
  streams: ReadonlySet<string>,
  context: BatchContext,
): Promise<RDD<unknown>[]> {
  const batch = new Batch(context, {
    outputs: [],
    stateful: [],
    idOf: (node) => graph.idOf(node),
    checkpointInterval: () => undefined,
    // What is persisted while records are tried would be persisted with bad ones.
    storageLevel: () => undefined,
  })
  const datasets: RDD<unknown>[] = []
  for (const end of chainEnds(graph, streams)) {
    const dataset = await batch.of(end)
    if (dataset !== undefined) datasets.push(dataset)
  }
  return datasets
}

/** The last streams that records of these inputs reach one by one. One that leads to another such stream is left out. */
function chainEnds(graph: Graph, streams: ReadonlySet<string>): StreamNode<unknown>[] {
  const chains = new Chains(graph, streams)
  const ends = new Set<StreamNode<unknown>>()
  for (const { node } of graph.outputs) if (chains.has(node.stream)) ends.add(node.stream)
  for (const node of graph.nodes) {
    if (!chains.has(node)) for (const parent of node.parents) if (chains.has(parent)) ends.add(parent)
  }
  const parents = [...ends].flatMap((end) => end.parents)
  const covered = new Set(withAncestors(parents, graph.nodes))
  return [...ends].filter((end) => !covered.has(end))
}

/** The streams whose records come one by one from inputs, some of which are to be tried. */
class Chains {
  readonly #graph: Graph
  readonly #streams: ReadonlySet<string>
  /** Of streams that come one by one from inputs: whether from one of those. */
  readonly #known = new Map<StreamNode<unknown>, boolean | undefined>()

  constructor(graph: Graph, streams: ReadonlySet<string>) {
    this.#graph = graph
    this.#streams = streams
    for (const node of graph.nodes) this.#known.set(node, this.#leadsFrom(node))
  }

  has(node: StreamNode<unknown>): boolean {
    return this.#known.get(node) === true
  }

  /** Parents have been looked at before. */
  #leadsFrom(node: StreamNode<unknown>): boolean | undefined {
    if (node.source !== undefined) return this.#streams.has(this.#graph.idOf(node))
    const parents = node.parents.map((parent) => this.#known.get(parent))
    return node.recordwise !== true || parents.includes(undefined) ? undefined : parents.includes(true)
  }
}

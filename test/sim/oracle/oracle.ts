import { elementText } from '../../../src/util/text.ts'
import type { AppSpec, NodeSpec, OutputSpec, Pair } from '../apps/app-spec.ts'
import { type Dataset, grouped, shuffled } from './dataset.ts'
import { evaluateNode, type Memory, snapshotsOf } from './operators.ts'

/** The input of one batch: the pairs of each range that its plan names, by the node that reads them. */
export type BatchInput = ReadonlyMap<NodeSpec, readonly (readonly Pair[])[]>

/** What a batch must put out: the lines of each partition that has any, by output. Of `chain`, how many values each key has had. */
export interface Expected {
  readonly files: ReadonlyMap<OutputSpec, ReadonlyMap<number, readonly string[]>>
  readonly effects: ReadonlyMap<OutputSpec, string>
}

/**
 * An independent evaluation of the whole history, batch after batch, in arrays and maps. It shares with the engine the hash
 * of keys and the text of elements, nothing else.
 */
export class Oracle {
  readonly #spec: AppSpec
  readonly #memories: Memory[]
  readonly #counts = new Map<string, { readonly key: Pair[0]; count: number }>()
  #batch = 0

  constructor(spec: AppSpec) {
    this.#spec = spec
    this.#memories = spec.nodes.map(() => ({ panes: [], states: [] }))
  }

  /** The next batch. One that was skipped has no input and puts out nothing. */
  next(input: BatchInput): Expected {
    this.#batch++
    const datasets: Dataset[] = []
    for (const [place, node] of this.#spec.nodes.entries())
      datasets.push(this.#evaluate(place, node, { datasets, input }))
    const files = new Map<OutputSpec, ReadonlyMap<number, readonly string[]>>()
    const effects = new Map<OutputSpec, string>()
    for (const output of this.#spec.outputs) {
      const dataset = datasets[output.from] as Dataset
      if (output.kind === 'effect') effects.set(output, JSON.stringify(dataset.parts.flat()))
      else files.set(output, partFiles(output.kind === 'chain' ? this.#chain(dataset) : dataset.parts))
    }
    return { files, effects }
  }

  #evaluate(
    place: number,
    node: NodeSpec,
    { datasets, input }: { readonly datasets: readonly Dataset[]; readonly input: BatchInput },
  ): Dataset {
    if (node.op === 'log' || node.op === 'files') return { parts: input.get(node) ?? [], hashed: false }
    if (node.op === 'snapshots') return snapshotsOf(this.#memories[node.of] as Memory, node.partitions)
    const parents = 'left' in node ? [node.left, node.right] : [node.from]
    const memory = this.#memories[place] as Memory
    return evaluateNode(
      node,
      parents.map((parent) => datasets[parent] as Dataset),
      { batch: this.#batch, memory },
    )
  }

  /** What is drawn is not known here; how many values there were is. */
  #chain(dataset: Dataset): Pair[][] {
    const parts = shuffled(dataset, 2)
    for (const [text, { key, values }] of parts.flatMap((part) => [...grouped(part)])) {
      const entry = this.#counts.get(text) ?? { key, count: 0 }
      entry.count += values.length
      this.#counts.set(text, entry)
    }
    const all = [...this.#counts.values()].map(({ key, count }): Pair => [key, count])
    return shuffled({ parts: [all], hashed: false }, 2)
  }
}

function partFiles(parts: readonly (readonly Pair[])[]): Map<number, readonly string[]> {
  const files = new Map<number, readonly string[]>()
  for (const [partition, pairs] of parts.entries()) {
    if (pairs.length > 0) files.set(partition, pairs.map(elementText))
  }
  return files
}

import type { SourcePlan } from '../../../src/checkpoint/plan.ts'
import { elementText } from '../../../src/util/text.ts'
import { type AppSpec, isInput, type NodeSpec, type OutputSpec, type Pair, sourceKind } from '../apps/app-spec.ts'
import { keyedValue } from '../apps/functions.ts'
import { isKnownAs, livePlaces, type NodeForm, parentsOf, placeOf, type Release } from '../apps/release.ts'
import { type Dataset, grouped, shuffled } from './dataset.ts'
import { fateOf, type StoredForm } from './fate.ts'
import { forecastOf } from './forecast.ts'
import { evaluateNode, type Memory, nothing, snapshotsOf } from './operators.ts'
import { begun, entryLine, type Tables, tableNamed, tablesOf } from './tables.ts'
import { migratedMemory, resharded } from './upgrade.ts'

/** The input of one batch: the pairs of each range that its plan names, by the place of the node that reads them. */
export type BatchInput = ReadonlyMap<number, readonly (readonly Pair[])[]>

/** Of a batch that is being evaluated: what it has come to so far, and what it is made of. */
interface Made {
  readonly datasets: readonly Dataset[]
  readonly input: BatchInput
  readonly givenUp: boolean
}

/** What a batch must put out: the lines of each partition that has any, by output. Of `chain`, how many values each key has had. */
export interface Expected {
  readonly files: ReadonlyMap<OutputSpec, ReadonlyMap<number, readonly string[]>>
  readonly effects: ReadonlyMap<OutputSpec, string>
  /** What is written by key, as JSON; `undefined` for what is deleted. */
  readonly keyed: ReadonlyMap<string, string | undefined>
}

/**
 * An independent evaluation of the whole history, batch after batch, in arrays and maps. It shares with the engine the hash
 * of keys and the text of elements, nothing else.
 */
export class Oracle {
  readonly #spec: AppSpec
  readonly #live: ReadonlySet<number>
  readonly #memories: Memory[]
  /** In which form each node was, when the last batch was committed; none before its first. */
  readonly #stored: Map<number, StoredForm>
  readonly #begunWith: ReadonlyMap<number, StoredForm>
  readonly #steps: { readonly input: BatchInput; readonly release: Release; readonly givenUp: boolean }[] = []
  readonly #counts = new Map<string, { readonly key: Pair[0]; count: number }>()

  /** `stored`: what it does not begin without. */
  constructor(spec: AppSpec, stored: ReadonlyMap<number, StoredForm> = new Map()) {
    this.#spec = spec
    this.#live = livePlaces(spec)
    this.#memories = spec.nodes.map(nothing)
    this.#begunWith = stored
    this.#stored = new Map(stored)
  }

  /** How many have been evaluated. */
  get batches(): number {
    return this.#steps.length
  }

  /** What the batch of this number read, counted from 1. */
  inputOf(batch: number): BatchInput {
    return this.#steps[batch - 1]?.input ?? new Map()
  }

  /** As it was after so many batches. */
  asOf(batches: number): Oracle {
    const past = new Oracle(this.#spec, this.#begunWith)
    for (const { input, release, givenUp } of this.#steps.slice(0, batches)) past.next(input, release, givenUp)
    return past
  }

  /** As after a reset: what is kept are positions, if anything. */
  begunAnew(keepsPositions: boolean): Oracle {
    const isKept = ([place]: readonly [number, StoredForm]): boolean =>
      keepsPositions && parentsOf(this.#spec.nodes[place] as NodeSpec).length === 0
    return new Oracle(this.#spec, new Map([...this.#stored].filter(isKept)))
  }

  /** Whether a version of the application may go on from what was committed last. */
  fits(release: Release): boolean {
    for (const [place, stored] of this.#stored) if (fateOf(stored, place, release) === 'refused') return false
    return true
  }

  /** What becomes of each part that stores anything, in words, if a version goes on from what was committed last. */
  forecast(release: Release): readonly string[] {
    return forecastOf(release, { stored: this.#stored, live: this.#live, isBegun: this.batches > 0 })
  }

  /** Whether what a plan has of a stream is of the one that a version calls so, or called so: both go on from one position, or begin, with one kind of source. */
  isOwn(uid: string, { kind, renamedFrom, anew }: SourcePlan, release: Release): boolean {
    const place = placeOf(uid)
    if (!isKnownAs(uid, place, release) || sourceKind(release.nodes[place]) !== kind) return false
    const stored = this.#stored.get(place)
    if (stored === undefined) return true
    const plannedFrom = renamedFrom ?? (stored.form.uid === uid && !anew ? uid : undefined)
    return plannedFrom === (fateOf(stored, place, release) === 'goes-on' ? stored.form.uid : undefined)
  }

  /** The nodes whose state or position a version gives up when it goes on from what was committed last. */
  givenUpBy(release: Release): readonly number[] {
    const places: number[] = []
    for (const [place, stored] of this.#stored) if (fateOf(stored, place, release) === 'begins-anew') places.push(place)
    return places
  }

  /** The next batch, as a version of the application makes it. One that was skipped has no input and puts out nothing. */
  next(input: BatchInput, release: Release, givenUp = false): Expected {
    this.#steps.push({ input, release, givenUp })
    for (const place of this.#live) this.#goOn(place, release)
    const datasets: Dataset[] = []
    for (const [place, node] of release.nodes.entries())
      datasets.push(this.#evaluate(place, node, { datasets, input, givenUp }))
    const files = new Map<OutputSpec, ReadonlyMap<number, readonly string[]>>()
    const effects = new Map<OutputSpec, string>()
    let keyed: Expected['keyed'] = new Map()
    for (const output of this.#spec.outputs) {
      const dataset = datasets[output.from] as Dataset
      if (output.kind === 'keyed') keyed = keyedValues(dataset, release)
      else if (output.kind === 'effect') effects.set(output, effectText(dataset, release))
      else files.set(output, partFiles(output.kind === 'chain' ? this.#chain(dataset) : dataset.parts))
    }
    return { files, effects, keyed }
  }

  /** What a checkpoint must hold after the last batch, which was at this time. */
  tables(batchTimeMs: number, intervalMs: number): Tables {
    const timeMs = (after: number): number => batchTimeMs - after * intervalMs
    const nodes = [...this.#live].flatMap((place) => {
      const [node, memory, uid] = [this.#spec.nodes[place], this.#memories[place], this.#stored.get(place)?.form.uid]
      if (node === undefined || memory === undefined || uid === undefined) return []
      return [...tablesOf({ node, uid, memory, timeMs, batch: this.batches })]
    })
    return new Map([...nodes, ...(this.#spec.outputs.some(({ kind }) => kind === 'chain') ? this.#chainTables() : [])])
  }

  /** What the stream of a kind of which there is at most one is called by the version that made the last batch. */
  uidOf(op: NodeSpec['op']): string | undefined {
    const place = [...this.#live].find((place) => this.#spec.nodes[place]?.op === op)
    return place === undefined ? undefined : this.#stored.get(place)?.form.uid
  }

  /** Takes what a node remembers over into the version that makes the next batch. */
  #goOn(place: number, release: Release): void {
    const [node, form] = [release.nodes[place] as NodeSpec, release.forms[place] as NodeForm]
    const before = this.#stored.get(place)
    this.#stored.set(place, { form, node })
    if (before === undefined) return
    let memory = this.#memories[place] as Memory
    if (fateOf(before, place, release) !== 'goes-on') memory = nothing()
    else {
      if (before.form.version < form.version) memory = migratedMemory(memory, before.form.version, form.version)
      const partitions = partitionsOf(node)
      if (partitionsOf(before.node) !== partitions) memory = resharded(memory, partitions)
    }
    this.#memories[place] = memory
  }

  #evaluate(place: number, node: NodeSpec, { datasets, input, givenUp }: Made): Dataset {
    if (isInput(node)) return { parts: input.get(place) ?? [], hashed: false }
    if (node.op === 'snapshots') return snapshotsOf(this.#memories[node.of] as Memory, node.partitions)
    const memory = this.#memories[place] as Memory
    return evaluateNode(
      node,
      parentsOf(node).map((parent) => datasets[parent] as Dataset),
      { batch: this.batches, memory, givenUp },
    )
  }

  #chainTables(): Tables {
    const counts = this.#chain({ parts: [], hashed: false })
    const lines = counts.map((pairs) => pairs.map(([key, count]) => entryLine(key, count)))
    return new Map([...begun('chain'), ...lines.map((entries, at) => [tableNamed('chain', at), entries] as const)])
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

function effectText({ parts }: Dataset, { factor }: Release): string {
  return JSON.stringify(parts.flat().map(([key, value]) => [key, factor * value]))
}

function keyedValues({ parts }: Dataset, { factor }: Release): Map<string, string | undefined> {
  const sums = [...grouped(parts.flat())].map(
    ([text, { values }]) => [text, factor * values.reduce((a, b) => a + b)] as const,
  )
  return new Map(sums.map(([text, sum]) => [text, JSON.stringify(keyedValue(sum))]))
}

/** 0 where that is not a matter of state. */
function partitionsOf(node: NodeSpec): number {
  return 'partitions' in node ? node.partitions : 0
}

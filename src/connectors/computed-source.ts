import { type Consumed, consumedBy } from '../checkpoint/consumed-blocks.ts'
import type { OffsetRange, SourcePlan } from '../checkpoint/plan.ts'
import type { Json } from '../checkpoint/stored.ts'
import {
  type ComputedBatch,
  type ComputedSourceOptions,
  type ComputedStream,
  isRanged,
} from '../dstream/sources/computed-stream.ts'
import type { PlanRequest, Source, SourceOpener, SourceSurroundings } from '../ports/source.ts'
import { CHUNK_RECORDS } from '../rdd/node.ts'
import { ownElements } from '../rdd/own-element.ts'
import { RDD } from '../rdd/rdd.ts'
import { SluiceError } from '../util/errors.ts'
import { Time } from '../util/time.ts'
import { ReceivedBlocks } from './receiver/received-blocks.ts'
import { readBlock } from './receiver/stored-block.ts'

const PLAN_VERSION = 1

/** Opens input streams of users' own classes. */
export const openComputedSource: SourceOpener = ({ options }, streamUid, surroundings) => {
  const { stream, partitions } = options as unknown as ComputedSourceOptions
  const computed = stream()
  if (isRanged(computed)) return new RangedSource(computed)
  if (surroundings !== undefined) return new ComputedSource({ stream: computed, partitions, streamUid, surroundings })
  throw new SluiceError({
    code: 'no-surroundings',
    kind: 'invalid',
    message: `Whoever opens this stream must say where its blocks are to be kept: ${streamUid}`,
  })
}

/** Starts a stream before its first batch, once a process; a start that failed is tried again by the next plan. */
abstract class OwnStream {
  readonly isWhole = true
  protected readonly stream: ComputedStream<unknown>
  #started: Promise<void> | undefined
  #begun = false

  constructor(stream: ComputedStream<unknown>) {
    this.stream = stream
  }
  protected started(): Promise<void> {
    if (this.#started !== undefined) return this.#started
    this.#begun = true
    const started = (async () => this.stream.start())()
    this.#started = started
    started.catch(() => (this.#started = undefined))
    return started
  }
  start(): void {
    // The first plan tries again, and tells of the failure.
    this.started().catch(() => {})
  }
  async close(): Promise<void> {
    if (this.#begun) await this.stream.stop()
  }
}

interface ComputedOptions {
  readonly stream: ComputedStream<unknown>
  readonly partitions: number
  readonly streamUid: string
  readonly surroundings: SourceSurroundings
}

/** What `compute` gives is stored, one block a partition, before the plan that names it is in the head. */
class ComputedSource extends OwnStream implements Source {
  readonly #options: ComputedOptions
  readonly #blocks: ReceivedBlocks

  constructor(options: ComputedOptions) {
    super(options.stream)
    this.#options = options
    this.#blocks = new ReceivedBlocks(options.surroundings, options.streamUid, 'computed')
  }

  async plan({ batchTime, position }: PlanRequest): Promise<SourcePlan> {
    await this.started()
    const batch = await this.stream.compute(new Time(batchTime))
    const consumed = consumedBy(position)
    const plan = { kind: 'computed', version: PLAN_VERSION, more: false }
    if (batch === undefined || batch === null) return { ...plan, next: { consumed }, ranges: [], noDataset: true }
    const partitions = await partitionsOf(batch, this.#options.partitions)
    const ranges = await Promise.all(partitions.map((elements, partition) => this.#store(elements, partition)))
    const records = ranges.reduce((sum, { records = 0 }) => sum + records, 0)
    // A position that moved on would make a batch of nothing look like one with data.
    const next = { consumed: records === 0 ? consumed : await this.#withAllThere(consumed) }
    return { ...plan, next, ranges, records }
  }

  /** Also what was stored for plans that never came to be: nobody else reads it, and collection takes what is marked. */
  async #withAllThere(consumed: Consumed): Promise<Consumed> {
    return this.#blocks.consume(consumed, await this.#blocks.unread(consumed))
  }

  /** An empty partition needs no object. */
  async #store(elements: readonly unknown[], partition: number): Promise<OffsetRange> {
    const empty = { partition: `partition ${partition}`, from: { offset: 0 }, until: { offset: 0 }, records: 0 }
    if (elements.length === 0) return empty
    const { key, sizeBytes } = await this.#blocks.put(elements)
    return { ...empty, partition: key, until: { offset: elements.length }, records: elements.length, bytes: sizeBytes }
  }

  async *read({ partition: key, records }: OffsetRange, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    if (records !== 0) yield* readBlock(this.#options.surroundings.checkpoint, key, signal)
  }

  describe({ partition }: OffsetRange, index: number): string {
    return `element ${index + 1} of ${partition}`
  }
}

/**
 * A stream that reads the same again needs no blocks. It gets positions and ranges of its own, as those of a plan are needed when
 * the batch is tried again, and keeps its elements.
 */
class RangedSource extends OwnStream implements Source {
  async plan({ batchTime, position }: PlanRequest): Promise<SourcePlan> {
    await this.started()
    const before = (position as { readonly next: unknown } | undefined)?.next
    const cut = await this.stream.cut?.(new Time(batchTime), before === undefined ? undefined : asJson(before))
    const { ranges = [], next = null } = cut ?? {}
    return {
      kind: 'ranged',
      version: PLAN_VERSION,
      ranges: ranges.map((range, index) => ({
        partition: `range ${index}`,
        from: { offset: 0 },
        until: { range: asJson(range) },
      })),
      next: { next: asJson(next) },
      more: false,
    }
  }

  async *read({ until }: OffsetRange, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    const elements = await this.stream.read?.(asJson((until as { readonly range: Json }).range))
    let chunk: unknown[] = []
    for await (const element of elements ?? []) {
      if (chunk.push(element) < CHUNK_RECORDS) continue
      signal.throwIfAborted()
      yield ownElements(chunk)
      chunk = []
    }
    if (chunk.length > 0) yield ownElements(chunk)
  }

  describe({ until }: OffsetRange, index: number): string {
    return `element ${index + 1} of range ${JSON.stringify((until as { readonly range: Json }).range)}`
  }
}

async function partitionsOf(batch: NonNullable<ComputedBatch<unknown>>, partitions: number): Promise<unknown[][]> {
  if (batch instanceof RDD) return batch.sparkContext.runJob(batch, (elements) => [...elements])
  if (!Array.isArray(batch)) throw notABatch(batch)
  const cut = (partition: number) => Math.floor((partition * batch.length) / partitions)
  return Array.from({ length: partitions }, (_, partition) => batch.slice(cut(partition), cut(partition + 1)))
}

/** What a plan can carry: it would come back as something else otherwise. */
function asJson(value: unknown): Json {
  const text = JSON.stringify(value)
  if (text !== undefined) return JSON.parse(text) as Json
  throw new SluiceError({
    code: 'not-json',
    kind: 'invalid',
    message: `Ranges and positions of an input stream must be JSON: ${String(value)}`,
  })
}

function notABatch(batch: unknown): SluiceError {
  return new SluiceError({
    code: 'not-a-dataset',
    kind: 'invalid',
    message: `compute must give a dataset, an array, or undefined for none: ${String(batch)}`,
  })
}

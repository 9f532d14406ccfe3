import { type Dataset, union } from './dataset.ts'

/** How a stream of the reference is made. Times count from the zero time. */
export interface StreamOptions {
  readonly parents: readonly Stream[]
  readonly slideMs: number
  readonly compute: (timeMs: number) => Dataset | undefined
  /** For state: how often its data is checkpointed unless somebody says otherwise. */
  readonly checkpointEveryMs?: number
  /** Whether its data is its parent's, so that it cannot be checkpointed. */
  readonly window?: boolean
  /** The stream that `checkpoint` means instead. */
  readonly state?: Stream
}

/**
 * A stream as Spark's `DStream` is one: a dataset for each time, computed when somebody asks for the first time, and kept;
 * that there is none is not kept. Nothing is ever cleared.
 */
export class Stream {
  readonly parents: readonly Stream[]
  readonly slideMs: number
  readonly state: Stream
  #checkpointMs: number | undefined
  readonly #window: boolean
  readonly #compute: StreamOptions['compute']
  readonly #datasets = new Map<number, Dataset>()

  constructor({ parents, slideMs, compute, checkpointEveryMs, window = false, state }: StreamOptions) {
    this.parents = parents
    this.slideMs = slideMs
    this.state = state ?? this
    this.#checkpointMs = checkpointEveryMs
    this.#window = window
    this.#compute = compute
  }

  at(timeMs: number): Dataset | undefined {
    const known = this.#datasets.get(timeMs)
    if (known || timeMs <= 0 || timeMs % this.slideMs !== 0) return known
    const made = this.#compute(timeMs)
    if (made) this.#datasets.set(timeMs, made)
    return made
  }

  /** Both ends inclusive; those off the grid are floored. */
  slice(fromMs: number, toMs: number): Dataset[] {
    const floor = (timeMs: number): number => Math.trunc(timeMs / this.slideMs) * this.slideMs
    const datasets: Dataset[] = []
    for (let timeMs = floor(fromMs); timeMs <= floor(toMs); timeMs += this.slideMs) {
      const dataset = this.at(timeMs)
      if (dataset) datasets.push(dataset)
    }
    return datasets
  }

  checkpoint(intervalMs: number): void {
    this.#checkpointMs = intervalMs
  }

  takesCheckpoint(timeMs: number): boolean {
    return this.#checkpointMs !== undefined && timeMs % this.#checkpointMs === 0
  }

  /** What Spark refuses at the start, of this stream and all that it is made from. */
  validate(): void {
    const every = this.#checkpointMs
    if (every !== undefined && (this.#window || every < this.slideMs || every % this.slideMs !== 0)) {
      throw new Error(`refused: a checkpoint interval of ${every} ms, with a slide of ${this.slideMs} ms`)
    }
    for (const parent of this.parents) parent.validate()
  }
}

/** A dataset whenever the parent has one. */
export function derived(parent: Stream, f: (dataset: Dataset) => Dataset, state?: Stream): Stream {
  const compute = (timeMs: number): Dataset | undefined => {
    const dataset = parent.at(timeMs)
    return dataset && f(dataset)
  }
  return new Stream({ parents: [parent], slideMs: parent.slideMs, compute, ...(state ? { state } : {}) })
}

/** A dataset made from those of all parents, each of which must have one. */
export function combined(parents: readonly Stream[], f: (datasets: readonly Dataset[], timeMs: number) => Dataset) {
  const slideMs = parents[0]?.slideMs ?? 0
  if (parents.some((parent) => parent.slideMs !== slideMs)) throw new Error('refused: different slides')
  const compute = (timeMs: number): Dataset => {
    const datasets = parents.map((parent) => parent.at(timeMs)).filter((dataset) => dataset !== undefined)
    if (datasets.length < parents.length) throw new Error(`a parent has no dataset at ${timeMs} ms`)
    return f(datasets, timeMs)
  }
  return new Stream({ parents, slideMs, compute })
}

export function windowed(parent: Stream, windowMs: number, slideMs = parent.slideMs): Stream {
  checkWindow(parent, windowMs, slideMs)
  const compute = (timeMs: number): Dataset => union(parent.slice(timeMs - windowMs + parent.slideMs, timeMs))
  return new Stream({ parents: [parent], slideMs, compute, window: true })
}

export function checkWindow(parent: Stream, windowMs: number, slideMs: number): void {
  if (slideMs > 0 && windowMs % parent.slideMs === 0 && slideMs % parent.slideMs === 0) return
  throw new Error(`refused: a window of ${windowMs} ms each ${slideMs} ms over a slide of ${parent.slideMs} ms`)
}

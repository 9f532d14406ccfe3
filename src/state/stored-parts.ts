import { checkedPart, type Parts } from './snapshot-index.ts'
import { readingState } from './state-corrupt.ts'

/** Parts with no more than this between them are read in one call, of about so many bytes at most. */
const GAP_BYTES = 16 * 1024
const RUN_BYTES = 1024 * 1024
/** Calls that are under way while parts in order are used. */
const CALLS_AHEAD = 3

/** The bytes of a stored object. Several calls may be made at once; whoever implements it bounds how many run. */
export interface StoredBytes {
  readonly name: string
  readonly sizeBytes: number
  /** From `start` to before `end`. */
  read(start: number, end: number): Promise<Uint8Array>
}

/** What is to be done with a part; its bytes may be a piece of a larger read. */
export type VisitPart = (bytes: Uint8Array, part: number) => void

/** Parts that lie one after the other in a stored object. Reads reject with code `state-corrupt` for what was not written so. */
export class StoredParts {
  readonly #bytes: StoredBytes
  readonly #checksums: Uint32Array
  /** Where each part begins, and where the last ends. */
  readonly #starts: Float64Array

  constructor(bytes: StoredBytes, { sizes, checksums }: Parts, start: number) {
    this.#bytes = bytes
    this.#checksums = checksums
    this.#starts = new Float64Array(sizes.length + 1).fill(start)
    sizes.forEach((size, part) => {
      this.#starts[part + 1] = this.#start(part) + size
    })
  }

  get count(): number {
    return this.#checksums.length
  }

  get sizeBytes(): number {
    return this.end - this.#start(0)
  }

  /** Where they end. */
  get end(): number {
    return this.#start(this.count)
  }

  /** Visits parts, given in their order, in whatever order they come. */
  async read(parts: readonly number[], visit: VisitPart): Promise<void> {
    await Promise.all(this.#runs(parts).map((run) => this.#readRun(run, visit)))
  }

  /** All parts in their order, as many at once as one call brings; the next few calls are made meanwhile. */
  async *inOrder(): AsyncGenerator<readonly Uint8Array[], void> {
    const ahead: Promise<readonly Uint8Array[]>[] = []
    for (const run of this.#runs(this.all())) {
      const read = this.#partsOf(run)
      // Whoever stops before its turn does not hear of it.
      read.catch(() => {})
      ahead.push(read)
      if (ahead.length > CALLS_AHEAD) yield (await ahead.shift()) ?? []
    }
    for (const read of ahead) yield await read
  }

  /** As `inOrder`, for who may stop for long between two parts: no call is under way then. */
  async *inTurns(): AsyncGenerator<readonly Uint8Array[], void> {
    const runs = this.#runs(this.all())
    for (let at = 0; at < runs.length; at += CALLS_AHEAD)
      yield (await Promise.all(runs.slice(at, at + CALLS_AHEAD).map((run) => this.#partsOf(run)))).flat()
  }

  async #partsOf(run: readonly number[]): Promise<readonly Uint8Array[]> {
    const parts: Uint8Array[] = []
    await this.#readRun(run, (bytes) => void parts.push(bytes))
    return parts
  }

  all(): readonly number[] {
    return Array.from(this.#checksums.keys())
  }

  /** What one call is to bring: neighbours, and those a little apart. */
  #runs(parts: readonly number[]): readonly (readonly number[])[] {
    const runs: number[][] = []
    for (const part of parts) {
      const run = runs.at(-1)
      const [first, last] = [run?.[0] ?? 0, run?.at(-1) ?? 0]
      const near = this.#start(part) - this.#start(last + 1) <= GAP_BYTES
      if (run && near && this.#start(part) - this.#start(first) < RUN_BYTES) run.push(part)
      else runs.push([part])
    }
    return runs
  }

  async #readRun(run: readonly number[], visit: VisitPart): Promise<void> {
    const from = this.#start(run[0] as number)
    const bytes = await this.#bytes.read(from, this.#start((run.at(-1) as number) + 1))
    const { name } = this.#bytes
    for (const part of run) {
      const piece = bytes.subarray(this.#start(part) - from, this.#start(part + 1) - from)
      readingState(name, () => visit(checkedPart(piece, this.#checksums[part], name), part))
    }
  }

  #start(part: number): number {
    return this.#starts[part] as number
  }
}

import { manifests } from '../../src/scheduler/history.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { departureDay, type Flight } from './flight-data.ts'
import { whole } from './table.ts'

export interface Committed {
  readonly batches: number
  readonly flights: number
}

/** What earlier runs have committed. */
export async function committedBefore({ register, checkpoint, app }: Runtime): Promise<Committed> {
  const head = await register.read(app)
  let [batches, flights] = [0, 0]
  for await (const { stats } of head === undefined ? [] : manifests(checkpoint, head)) {
    batches++
    flights += stats.records.flights ?? 0
  }
  return { batches, flights }
}

const BAR = 20

/** How far the flights have come: into the stream, and through the application. */
export class Progress {
  readonly total: number
  #inStream: number
  #last: Flight | undefined
  #batches: number
  #processed: number

  constructor(total: number, inStream: number, { batches, flights }: Committed) {
    this.total = total
    this.#inStream = inStream
    this.#batches = batches
    this.#processed = flights
  }

  get batches(): number {
    return this.#batches
  }

  get done(): boolean {
    return this.#processed >= this.total
  }

  put(count: number, last: Flight): void {
    this.#inStream += count
    this.#last = last
  }

  committed(flights: number): void {
    this.#batches++
    this.#processed += flights
  }

  /** `2,688 of 20,000 flights are in (until 12 January 2001), 2,464 processed`. */
  toString(): string {
    const until = this.#last === undefined ? '' : ` (until ${departureDay(this.#last)})`
    return `${whole(this.#inStream)} of ${whole(this.total)} flights are in${until}, ${whole(this.#processed)} processed`
  }

  /** The same with a bar, for a line that is written anew. */
  line(): string {
    const share = this.total === 0 ? 1 : this.#processed / this.total
    const full = Math.round(share * BAR)
    return `  ${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.floor(share * 100)} %  ${this}`
  }
}

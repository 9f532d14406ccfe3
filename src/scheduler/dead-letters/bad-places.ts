import type { Manifest } from '../../checkpoint/manifest.ts'
import type { RecordPlace } from '../../rdd/nodes/tried.ts'
import type { Runtime } from '../runtime.ts'
import { streamOfBatch } from '../stored-streams.ts'
import { type DeadLetter, readLetters } from './dead-letter.ts'

/** Which records of a batch's inputs, and which whole partitions of them, are left out. */
export class BadPlaces {
  readonly #streams = new Map<string, Map<number, Set<number>>>()
  readonly #wholes = new Map<string, Set<number>>()

  addLetter({ stream, place, payload }: Pick<DeadLetter, 'stream' | 'place' | 'payload'>): void {
    if (payload.kind === 'range') this.addWhole(stream, place.partition)
    else this.add(stream, place)
  }

  addWhole(stream: string, partition: number): void {
    this.#wholes.set(stream, (this.#wholes.get(stream) ?? new Set()).add(partition))
  }

  isWhole(stream: string, partition: number): boolean {
    return this.#wholes.get(stream)?.has(partition) === true
  }

  add(stream: string, { partition, index }: RecordPlace): void {
    const partitions = this.#streams.get(stream) ?? new Map<number, Set<number>>()
    const places = partitions.get(partition) ?? new Set<number>()
    this.#streams.set(stream, partitions.set(partition, places.add(index)))
  }

  /** By their number within the partition. */
  of(stream: string, partition: number): ReadonlySet<number> {
    return this.#streams.get(stream)?.get(partition) ?? NONE
  }
}

const NONE: ReadonlySet<number> = new Set()

/** What a committed batch left out: whoever evaluates it again must not find out anew, by functions that may be others now. */
export async function placesLeftOut(runtime: Runtime, manifest: Manifest): Promise<BadPlaces> {
  const places = new BadPlaces()
  for (const made of manifest.deadLetters?.made ?? []) {
    const stream = streamOfBatch(runtime, manifest, made.stream)
    for (const letter of await readLetters(runtime.checkpoint, made)) places.addLetter({ ...letter, stream })
  }
  return places
}

export function placesOf(letters: readonly DeadLetter[]): BadPlaces {
  const places = new BadPlaces()
  for (const letter of letters) places.addLetter(letter)
  return places
}

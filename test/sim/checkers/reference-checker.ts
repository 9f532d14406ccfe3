import type { DeadLetterBox } from '../../../src/checkpoint/dead-letters.ts'
import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { Savepoint } from '../../../src/checkpoint/savepoint.ts'
import type { ObjectRef } from '../../../src/checkpoint/stored.ts'
import { crc32c, crc32cHex } from '../../../src/util/crc32c.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, Commit, HeadChange, ObjectChange } from './checker.ts'

/** Whatever the head names is there, is what was named, and stays; and one name never has two contents. */
export class ReferenceChecker implements Checker {
  readonly #world: SimWorld
  #needed = new Set<string>()
  /** Of the last commit. */
  #manifest: Manifest | undefined
  /** Checksums of all that was ever stored, deleted or not. */
  readonly #contents = new Map<string, number>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  headChanged({ before, after }: HeadChange): void {
    const newPlan = after.planned?.plan.kind === 'object' && before?.planned?.plan !== after.planned.plan
    const newPins = after.pins.length !== (before?.pins.length ?? 0)
    const newLetters = before?.deadLetters !== after.deadLetters
    if (newPlan || newPins || newLetters || before?.boundary !== after.boundary) this.#update(after)
  }

  committed({ after, manifest }: Commit): void {
    this.#manifest = manifest
    this.#update(after)
  }

  reset(reset: Commit): void {
    this.committed(reset)
  }

  objectChanged({ place, key, bytes }: ObjectChange): void {
    if (place !== this.#world.checkpoint) return
    if (bytes === undefined) {
      if (this.#needed.has(key)) this.#world.violate('referenced-never-deleted', key)
      return
    }
    const crc = crc32c(bytes)
    const before = this.#contents.get(key)
    if (before !== undefined && before !== crc) this.#world.violate('one-name-one-content', key)
    this.#contents.set(key, crc)
  }

  #update(head: Head): void {
    const savepoints = head.pins.map(({ ref }) => this.#world.load<Savepoint>({ kind: 'object', ref })?.manifest)
    const box = head.deadLetters && this.#world.load<DeadLetterBox>(head.deadLetters)
    const refs = [
      refsOfHead(head),
      refsIn(box),
      refsIn(this.#manifest),
      ...savepoints.map((pinned) => refsIn(pinned?.state)),
    ].flat()
    const before = this.#needed
    this.#needed = new Set(refs.map(({ key }) => key))
    for (const { key, sizeBytes, crc32c: checksum } of refs) {
      // What was there stays, or `objectChanged` says so.
      if (before.has(key)) continue
      const object = this.#world.checkpoint.objects.get(key)
      if (object === undefined) this.#world.violate('referenced-is-there', key)
      else if (object.bytes.length !== sizeBytes || crc32cHex(object.bytes) !== checksum)
        this.#world.violate('referenced-is-what-was-named', key)
    }
  }
}

/** What the head names. History below the boundary has been given up. */
function refsOfHead({ planned, committed, history, pins, boundary, deadLetters }: Head): ObjectRef[] {
  const past = [history.segment, ...history.recent].flatMap(refsIn).filter(({ key }) => tokenOf(key) >= boundary)
  return [planned?.plan, committed?.manifest, ...pins, deadLetters].flatMap(refsIn).concat(past)
}

function tokenOf(key: string): number {
  return Number(/\/t(\d+)\//.exec(key)?.[1])
}

const known = new WeakMap<object, readonly ObjectRef[]>()

/** All references in a record, wherever they are. Records do not change, and most stay in the head for long. */
export function refsIn(record: object | undefined): readonly ObjectRef[] {
  if (record === undefined) return []
  const before = known.get(record)
  if (before !== undefined) return before
  const refs: ObjectRef[] = []
  addRefs(record, refs)
  known.set(record, refs)
  return refs
}

function addRefs(record: object, refs: ObjectRef[]): void {
  if ('key' in record && 'crc32c' in record) refs.push(record as ObjectRef)
  else
    for (const value of Array.isArray(record) ? record : Object.values(record))
      if (typeof value === 'object' && value !== null) addRefs(value, refs)
}

import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { ObjectRef, Stored } from '../../../src/checkpoint/stored.ts'
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
    if (before?.planned?.plan !== after.planned?.plan || before?.boundary !== after.boundary) this.#update(after)
  }

  committed({ after, manifest }: Commit): void {
    this.#manifest = manifest
    this.#update(after)
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
    const refs = [...refsOfHead(head), ...(this.#manifest === undefined ? [] : refsOf(this.#manifest))]
    this.#needed = new Set(refs.map(({ key }) => key))
    for (const { key, sizeBytes, crc32c: checksum } of refs) {
      const object = this.#world.checkpoint.objects.get(key)
      if (object === undefined) this.#world.violate('referenced-is-there', key)
      else if (object.bytes.length !== sizeBytes || crc32cHex(object.bytes) !== checksum)
        this.#world.violate('referenced-is-what-was-named', key)
    }
  }
}

/** What the head names. History below the boundary has been given up. */
function refsOfHead({ planned, committed, history, boundary }: Head): ObjectRef[] {
  const past = [...history.recent.flatMap(refOf), ...(history.segment === undefined ? [] : [history.segment])]
  return [...[planned?.plan, committed?.manifest].flatMap(refOf), ...past.filter(({ key }) => tokenOf(key) >= boundary)]
}

function tokenOf(key: string): number {
  return Number(/\/t(\d+)\//.exec(key)?.[1])
}

function refsOf({ plan, state, outputs }: Manifest): ObjectRef[] {
  return [
    ...refOf(plan),
    ...state.snapshots.map(({ object }) => object),
    ...state.changelogs.flatMap(({ object, within }) => [object ?? [], within ?? []].flat()),
    ...outputs.flatMap(({ files }) => files.flatMap(({ at }) => (at.kind === 'object' ? [at.ref] : []))),
  ]
}

function refOf(stored: Stored<unknown> | undefined): ObjectRef[] {
  return stored?.kind === 'object' ? [stored.ref] : []
}

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
  /** Checksums of all that was ever stored, deleted or not. */
  readonly #contents = new Map<string, number>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  headChanged({ before, after }: HeadChange): void {
    if (before?.planned?.plan !== after.planned?.plan) this.#requireAll(refsOfHead(after))
  }

  committed({ after, manifest }: Commit): void {
    this.#requireAll([...refsOfHead(after), ...refsOf(manifest)])
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

  #requireAll(refs: readonly ObjectRef[]): void {
    this.#needed = new Set(refs.map(({ key }) => key))
    for (const { key, sizeBytes, crc32c: checksum } of refs) {
      const object = this.#world.checkpoint.objects.get(key)
      if (object === undefined) this.#world.violate('referenced-is-there', key)
      else if (object.bytes.length !== sizeBytes || crc32cHex(object.bytes) !== checksum)
        this.#world.violate('referenced-is-what-was-named', key)
    }
  }
}

function refsOfHead({ planned, committed, history }: Head): ObjectRef[] {
  const stored: (Stored<unknown> | undefined)[] = [planned?.plan, committed?.manifest, ...history.recent]
  return [...stored.flatMap(refOf), ...(history.segment === undefined ? [] : [history.segment])]
}

function refsOf({ plan, state, outputs }: Manifest): ObjectRef[] {
  return [
    ...refOf(plan),
    ...state.snapshots.map(({ object }) => object),
    ...state.changelogs.flatMap(({ object }) => object ?? []),
    ...outputs.flatMap(({ files }) => files.flatMap(({ at }) => (at.kind === 'object' ? [at.ref] : []))),
  ]
}

function refOf(stored: Stored<unknown> | undefined): ObjectRef[] {
  return stored?.kind === 'object' ? [stored.ref] : []
}

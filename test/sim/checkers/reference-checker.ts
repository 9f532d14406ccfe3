import type { DeadLetterBox } from '../../../src/checkpoint/dead-letters.ts'
import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { Savepoint } from '../../../src/checkpoint/savepoint.ts'
import type { ObjectRef } from '../../../src/checkpoint/stored.ts'
import { checksumText } from '../../../src/util/crc32c.ts'
import type { Content } from '../world/content.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Begun, Checker, Commit, HeadChange, ObjectChange } from './checker.ts'
import { refsIn, refsOfHead } from './refs-in.ts'

/** Whatever the head names is there, is what was named, and stays; and one name never has two contents. */
export class ReferenceChecker implements Checker {
  readonly #world: SimWorld
  #needed = new Set<string>()
  /** Of the last commit. */
  #manifest: Manifest | undefined
  /** All that was ever stored, deleted or not. */
  readonly #contents = new Map<string, Content>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  headChanged({ before, after }: HeadChange): void {
    const [plan, planBefore] = [after.planned?.plan, before?.planned?.plan]
    // One that is replaced by a smaller one is named no more.
    const newPlan = plan !== planBefore && [plan, planBefore].some((stored) => stored?.kind === 'object')
    const newPins = after.pins.length !== (before?.pins.length ?? 0)
    const newLetters = before?.deadLetters !== after.deadLetters
    if (newPlan || newPins || newLetters || before?.boundary !== after.boundary) this.#update(after)
  }

  committed({ after, manifest }: Begun): void {
    this.#manifest = manifest
    this.#requireChanges(manifest)
    this.#update(after)
  }

  reset(reset: Commit): void {
    this.committed(reset)
  }

  begun(begun: Begun): void {
    this.committed(begun)
  }

  objectChanged({ place, key, content }: ObjectChange): void {
    if (place !== this.#world.checkpoint) return
    if (content === undefined) {
      if (this.#needed.has(key)) this.#world.violate('referenced-never-deleted', key)
      return
    }
    const before = this.#contents.get(key)
    if (before !== undefined && before.checksum !== content.checksum) this.#world.violate('one-name-one-content', key)
    this.#contents.set(key, content)
  }

  #update(head: Head): void {
    const savepoints = head.pins.map(({ ref }) => this.#world.load<Savepoint>({ kind: 'object', ref })?.manifest)
    const box = head.deadLetters && this.#world.load<DeadLetterBox>(head.deadLetters)
    const before = this.#needed
    this.#needed = new Set()
    for (const refs of [
      ...refsOfHead(head),
      refsIn(box),
      refsIn(this.#manifest),
      ...savepoints.map((pinned) => refsIn(pinned?.state)),
    ]) {
      for (const ref of refs) {
        this.#needed.add(ref.key)
        // What was there stays, or `objectChanged` says so.
        if (!before.has(ref.key)) this.#requireObject(ref)
      }
    }
  }

  /** A changelog that is no object is in the manifest itself. */
  #requireChanges({ attempt, changes, inlineChanges }: Manifest): void {
    if (changes !== undefined && changes.object === undefined && inlineChanges === undefined)
      this.#world.violate('referenced-is-there', `changes of batch ${attempt.batchTime} ms`)
  }

  #requireObject({ key, sizeBytes, crc32c }: ObjectRef): void {
    const content = this.#world.checkpoint.objects.get(key)?.content
    if (content === undefined) this.#world.violate('referenced-is-there', key)
    else if (content.bytes.length !== sizeBytes || checksumText(content.checksum) !== crc32c)
      this.#world.violate('referenced-is-what-was-named', key)
  }
}

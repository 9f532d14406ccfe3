import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { Place } from '../world/place.ts'
import type { SimWorld } from '../world/sim-world.ts'
import { OUTPUT } from '../world/site-of.ts'
import { STRANGE } from '../world/vandal.ts'
import type { Checker, Commit, HeadChange, ObjectChange, Reset } from './checker.ts'
import { PagedReader } from './paged-reader.ts'

const SUCCESS = '_SUCCESS'

/** What readers find: whole directories of committed attempts, which never change again, at any instant at which they may look. */
export class OutputChecker implements Checker {
  readonly #world: SimWorld
  /** The text of each file that was committed, by its URL's directory and name. */
  readonly #committed = new Map<string, ReadonlyMap<string, string>>()
  readonly #readers = new Map<Place, PagedReader>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** What was committed for a directory, by the names of its files. */
  committedAt(destination: string): ReadonlyMap<string, string> {
    return this.#committed.get(destination) ?? new Map()
  }

  committed({ before, manifest }: Commit): void {
    for (const { destination = '', files } of manifest.outputs) {
      if (this.#committed.has(destination)) this.#world.violate('visible-once', `committed twice: ${destination}`)
      this.#committed.set(destination, new Map(files.map((file) => [file.name, this.#world.textOf(file)])))
    }
    const replaced = before?.committed
    if (replaced !== undefined)
      this.#requireVisible(this.#world.load<Manifest>(replaced.manifest), 'commit-waits-for-publish')
  }

  reset({ before }: Reset): void {
    if (before.committed !== undefined)
      this.#requireVisible(this.#world.load<Manifest>(before.committed.manifest), 'reset-publishes-first')
  }

  headChanged({ before, after }: HeadChange): void {
    if (after.committed?.published !== true || before?.committed?.published === true) return
    this.#requireVisible(this.#world.load<Manifest>(after.committed.manifest), 'mark-after-publish')
  }

  objectChanged({ place, key, content }: ObjectChange): void {
    if (!place.url.startsWith(OUTPUT)) return
    const expected = this.#committed.get(place.url)
    const url = `${place.url}/${key}`
    const { violate } = this.#world
    if (content === undefined) violate('finals-never-deleted', url)
    if (expected === undefined) violate('nothing-before-commit', url)
    if (content === undefined || expected === undefined) return
    if (key === SUCCESS) this.#checkClosed(place, expected)
    else if (expected.get(key) !== content.text) violate('only-committed-bytes', url)
    this.#read(place, key)
  }

  ended(): void {
    for (const destination of this.#committed.keys()) {
      const place = this.#world.place(destination)
      if (!place.objects.has(SUCCESS)) this.#world.violate('committed-becomes-visible', destination)
      else this.#checkClosed(place, this.#committed.get(destination) ?? new Map())
    }
  }

  #checkClosed(place: Place, expected: ReadonlyMap<string, string>): void {
    for (const [name, text] of expected) {
      const object = place.objects.get(name)
      if (object?.content.text !== text)
        this.#world.violate('success-is-complete', `${place.url} is closed without ${name} as it was committed`)
    }
    for (const name of place.objects.keys())
      if (name !== SUCCESS && name !== STRANGE && !expected.has(name))
        this.#world.violate('success-is-complete', `${place.url} has ${name} of another attempt`)
  }

  #requireVisible(manifest: Manifest | undefined, rule: string): void {
    for (const { destination = '' } of manifest?.outputs ?? [])
      if (!this.#world.place(destination).objects.has(SUCCESS)) this.#world.violate(rule, `not visible: ${destination}`)
  }

  /** Somebody lists the directory page by page, while it is being written. */
  #read(place: Place, key: string): void {
    const reader = this.#readers.get(place) ?? new PagedReader(place)
    this.#readers.set(place, reader)
    if (key !== SUCCESS && this.#world.readerChance.chance(0.5)) reader.nextPage()
    if (key !== SUCCESS) return
    const missed = reader.finish()
    if (missed.length > 0)
      this.#world.violate(
        'success-sorts-first',
        `a reader of ${place.url} saw ${SUCCESS} and missed ${missed.join(', ')}`,
      )
  }
}

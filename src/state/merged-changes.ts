import type { BatchTime } from '../checkpoint/attempt.ts'
import { type MapKey, mapKey } from '../util/key.ts'
import { ValueWriter } from '../util/value-writer.ts'
import type { Changelog, ChangeSection, SectionIndex, StoredChange } from './changelog.ts'
import { stateCorrupt } from './state-corrupt.ts'
import { type TableId, tableName } from './table-id.ts'

/** Whether changes of a table by a batch count. */
export type IsWanted = (table: TableId, batchTime: BatchTime) => boolean

/** What all of the changelogs change, in the order in which they come, as sections of the last one's batch. */
export function mergedChanges(parts: readonly Changelog[], isWanted: IsWanted): readonly ChangeSection[] {
  const merged = new Map<string, MergedSection>()
  for (const part of parts) {
    for (const section of part.sections) {
      if (!isWanted(section, part.batchTime)) continue
      const name = tableName(section)
      const changes = merged.get(name) ?? new MergedSection(section)
      merged.set(name, changes)
      changes.add(part, section)
    }
  }
  const batchTime = parts.at(-1)?.batchTime ?? 0
  return [...merged.values()].map((changes) => changes.section(batchTime))
}

type Put = Extract<StoredChange, { readonly kind: 'put' }>

/**
 * What changelogs change in one table. A key that was deleted and put again is both: it comes at the end, where it was put again.
 * One that was put first and deleted later may or may not have been there before: it is deleted.
 */
class MergedSection {
  readonly #id: TableId
  #timed: boolean | undefined
  readonly #deletes = new Map<MapKey, Uint8Array>()
  /** By key, in the order in which those that are new came. */
  readonly #puts = new Map<MapKey, Put>()

  constructor({ operator, partition, partitions }: TableId) {
    this.#id = { operator, partition, partitions }
  }

  add(changelog: Changelog, section: SectionIndex): void {
    if (section.puts > 0) this.#timed ??= section.timed
    const isAlike = section.puts === 0 || section.timed === this.#timed
    if (!isAlike || section.partitions !== this.#id.partitions)
      throw stateCorrupt(changelog.name, `its changes of '${section.operator}' are of another form than those before`)
    for (const change of changelog.changesOf(section)) {
      if (change.kind === 'put') this.#put(change)
      else this.#delete(change)
    }
  }

  #delete({ key, keyBytes }: StoredChange): void {
    const id = mapKey(key)
    this.#puts.delete(id)
    this.#deletes.set(id, keyBytes)
  }

  #put(put: Put): void {
    const id = mapKey(put.key)
    const { keyBytes } = this.#puts.get(id) ?? put
    this.#puts.set(id, { ...put, keyBytes })
  }

  section(batchTime: BatchTime): ChangeSection {
    const writer = new ValueWriter()
    const timed = this.#timed ?? false
    let before = batchTime
    for (const keyBytes of this.#deletes.values()) writer.raw(keyBytes)
    for (const { keyBytes, valueBytes, time } of this.#puts.values()) {
      writer.raw(keyBytes)
      writer.raw(valueBytes)
      if (timed) writer.number(before - time)
      before = time
    }
    return { ...this.#id, deletes: this.#deletes.size, puts: this.#puts.size, timed, bytes: writer.toBytes() }
  }
}

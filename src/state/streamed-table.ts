import { assert } from '../util/assert.ts'
import { SluiceError } from '../util/errors.ts'
import type { ChangeSection } from './changelog.ts'
import type { Entry } from './entry.ts'
import type { Pause, WalkedTable } from './keyed-state.ts'
import { OrderedChanges } from './ordered-changes.ts'
import { type Walk, walkCold } from './ordered-walk.ts'
import type { StreamedEntries } from './state-manifest.ts'
import { ofState } from './state-of-key.ts'
import { isScalar, keptValue } from './stored.ts'
import { type ColdTable, ended } from './table.ts'
import type { TableId } from './table-id.ts'

/**
 * One operator's partition during one run, of which some blocks are in memory at a time: each walk over it reads its snapshot
 * anew, merged with what has changed since. What the run changes is kept as it is stored, in the order of the first walk; all
 * later walks merge that, too.
 */
export class StreamedTable<K, V> implements WalkedTable<K, V> {
  readonly id: TableId
  #cold: ColdTable | undefined
  readonly #changes = new OrderedChanges()
  #size: number | undefined

  constructor(id: TableId, cold: ColdTable) {
    this.id = id
    this.#cold = cold
  }

  /** Whether nobody has walked it yet. */
  get isUntouched(): boolean {
    return this.#size === undefined
  }

  get size(): number {
    assert(this.#size !== undefined, `the entries of '${this.id.operator}' are counted before they were updated`)
    return this.#size
  }

  async update(next: (key: K, value: V) => V | undefined, pause: Pause): Promise<void> {
    assert(this.#size === undefined, `the state of '${this.id.operator}' is updated twice`)
    let place = 0
    let size = 0
    for await (const chunk of walkCold(this.#use())) {
      size += this.#replaceAll(place, chunk, next)
      place += chunk.length
      const pausing = pause()
      if (pausing) await pausing
    }
    this.#size = size
  }

  append(key: K, value: V): void {
    const size = this.size
    this.#located(key, () => this.#changes.append(key, value))
    this.#size = size + 1
  }

  async visit(emit: (key: K, value: V) => void, pause: Pause): Promise<void> {
    for await (const chunk of walkChanged(this.#use(), this.#changes)) {
      emitAll(chunk, emit)
      const pausing = pause()
      if (pausing) await pausing
    }
  }

  /** What the run changed; `undefined`: nothing. */
  seal(): ChangeSection | undefined {
    const { deletes, puts } = this.#changes
    if (deletes + puts === 0) return undefined
    return { ...this.id, deletes, puts, timed: false, bytes: this.#changes.bytes() }
  }

  /** Ends the table; the caller alone may go on walking over what it has come to. */
  release(): StreamedEntries {
    const [cold, changes] = [this.#use(), this.#changes]
    this.end()
    return { changed: changes.deletes + changes.puts, walk: () => walkChanged(cold, changes) }
  }

  /** As `Table.end`. */
  end(): void {
    this.#cold = undefined
  }

  /** How many of the entries are there afterwards; the first is the walk's `place`th. */
  #replaceAll(place: number, entries: readonly Entry[], next: (key: K, value: V) => V | undefined): number {
    let kept = 0
    for (let i = 0; i < entries.length; i++) if (this.#replace(place + i, entries[i] as Entry, next)) kept++
    return kept
  }

  /** Whether the entry is there afterwards. */
  #replace(place: number, entry: Entry, next: (key: K, value: V) => V | undefined): boolean {
    const key = keptValue(entry.key) as K
    const result = next(key, keptValue(entry.value) as V)
    if (result === undefined) this.#changes.delete(place, entry.key)
    else if (!(isScalar(result) && Object.is(result, entry.value)))
      this.#located(key, () => this.#changes.put(place, entry, result))
    return result !== undefined
  }

  #located(key: K, write: () => void): void {
    try {
      write()
    } catch (error) {
      throw error instanceof SluiceError ? ofState(this.id.operator, key, error) : error
    }
  }

  #use(): ColdTable {
    if (this.#cold === undefined) throw ended(this.id)
    return this.#cold
  }
}

async function* walkChanged(cold: ColdTable, changes: OrderedChanges): Walk {
  const reader = changes.reader()
  for await (const chunk of walkCold(cold)) {
    yield reader.now(chunk)
  }
  yield [...reader.appended()]
}

function emitAll<K, V>(entries: readonly Entry[], emit: (key: K, value: V) => void): void {
  for (const { key, value } of entries) emit(keptValue(key) as K, keptValue(value) as V)
}

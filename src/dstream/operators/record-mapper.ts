import type { CallSite } from '../../rdd/call-site.ts'
import { located, OperatorFailure } from '../../rdd/failure.ts'
import type { Columns } from '../../rdd/keyed-input.ts'
import { CHUNK_RECORDS, type Task } from '../../rdd/node.ts'
import { returned } from '../../rdd/returned.ts'
import type { Slot, StateTable } from '../../state/keyed-state.ts'
import { elementText } from '../../util/text.ts'
import type { Duration, Time } from '../../util/time.ts'
import { StateHandle } from '../state.ts'
import type { StateMapping } from '../state-spec.ts'
import { saysWhoseState } from './operator-codec.ts'

export interface RecordMapping<K, V, S, E> {
  readonly mapping: StateMapping<K, V, S, E>
  readonly timeout: Duration | undefined
  readonly site: CallSite
}

/** Calls the function for the records of one partition, and does to the state what the calls did to its handle. */
export class RecordMapper<K, V, S, E> {
  readonly emitted: E[] = []
  readonly #table: StateTable<K, S>
  readonly #operator: RecordMapping<K, V, S, E>
  readonly #at: { readonly time: Time; readonly partition: number }
  readonly #handle: StateHandle<K, S>
  /** Where objects were set. */
  readonly #objects: Slot[] = []
  /** Objects that are state may be in what was put out. */
  #emitsObjects = false

  constructor(
    table: StateTable<K, S>,
    operator: RecordMapping<K, V, S, E>,
    at: { readonly time: Time; readonly partition: number },
  ) {
    this.#table = table
    this.#operator = operator
    this.#at = at
    this.#handle = new StateHandle(table)
  }

  async mapAll({ keys, values }: Columns<K, V>, task: Task): Promise<void> {
    for (let from = 0; from < keys.length; from += CHUNK_RECORDS) {
      const until = Math.min(from + CHUNK_RECORDS, keys.length)
      const slots = this.#table.findAll(keys, from, until)
      this.#table.readAhead(slots)
      for (let i = from; i < until; i++) this.#map(keys[i] as K, values[i] as V, slots[i - from] as Slot)
      const pause = task.pause()
      if (pause) await pause
    }
  }

  /** Ends the keys that were last changed before `time`. */
  async timeOut(time: number, task: Task): Promise<void> {
    const expired = this.#table.takeExpired(time)
    for (let i = 0; i < expired.length; i++) {
      const slot = expired[i] as Slot
      this.#handle.moveTo(slot, true)
      this.#call(this.#table.keyAt(slot), undefined)
      this.#table.deleteAt(slot)
      const pause = (i + 1) % CHUNK_RECORDS === 0 ? task.pause() : undefined
      if (pause) await pause
    }
  }

  /** To be called last: whoever is given what the function put out may change it, and an object that is state may be in it. */
  async settle(task: Task): Promise<void> {
    if (!this.#emitsObjects) return
    for (let from = 0; from < this.#objects.length; from += CHUNK_RECORDS) {
      this.#table.settle(this.#objects.slice(from, from + CHUNK_RECORDS))
      const pause = task.pause()
      if (pause) await pause
    }
  }

  /** `found`: where the key was before the records of its chunk; one of them may have added or removed it since. */
  #map(key: K, value: V, found: Slot): void {
    const table = this.#table
    const handle = this.#handle
    const slot = found >= 0 && table.isAlive(found) ? found : table.find(key)
    handle.moveTo(slot, false)
    this.#call(key, value)
    if (handle.outcome === 'updated') this.#set(key, handle.get(), slot)
    else if (slot >= 0) {
      if (handle.outcome === 'removed') table.deleteAt(slot)
      else if (this.#operator.timeout) table.touchAt(slot, this.#at.time.milliseconds)
    }
  }

  #set(key: K, state: S, found: Slot): void {
    const time = this.#at.time.milliseconds
    let slot = found
    if (slot < 0) slot = this.#table.append(key, state, time)
    else this.#table.setAt(slot, state, time)
    if (typeof state === 'object') this.#objects.push(slot)
  }

  #emit(result: E): void {
    this.emitted.push(result)
    if (typeof result === 'object') this.#emitsObjects = true
  }

  #call(key: K, value: V | undefined): void {
    const { mapping, site } = this.#operator
    const { time, partition } = this.#at
    try {
      if (mapping.kind === 'simple') this.#emit(returned(mapping.f(key, value, this.#handle)))
      else {
        const result = returned(mapping.f(time, key, value, this.#handle))
        if (result !== undefined) this.#emit(result)
      }
    } catch (cause) {
      if (saysWhoseState(cause)) throw cause
      throw located(new OperatorFailure(site, cause), partition, () => `key ${elementText(key)}`)
    }
  }
}

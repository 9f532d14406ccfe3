import type { Slot } from './keyed-state.ts'
import { SlotList } from './slot-list.ts'

/** Notes that are looked at again, one by one, for each new one: they are never many more than twice the slots that live. */
const LOOKED_AT = 2
/** Notes of one list: as many are looked at in one go. */
const LIST_NOTES = 4096

/** Slots that were last changed at a time when that was noted. */
interface Notes {
  readonly time: number
  readonly slots: SlotList
}

/** What is indexed. */
export interface TimedSlots {
  /** Those that live and those that are dead. */
  readonly slots: number
  /** Those that live. */
  readonly size: number
  /** When a slot was last changed; `undefined` if it is dead. */
  changedAt(slot: Slot): number | undefined
}

/**
 * Which slots were last changed when: what is idle for longer than a timeout is found without looking at what is not. Times
 * only grow, so a slot that is changed again is merely noted again, and its earlier note passed over; what is out of date is
 * dropped little by little, so that no batch pays for many.
 */
export class ExpiryIndex {
  readonly #timed: TimedSlots
  #lists: Notes[] = []
  /** By time: where its next note goes. */
  readonly #open = new Map<number, Notes>()
  /** Where the last note went: the next one is of the same batch, nearly always. */
  #last: Notes | undefined
  #notes = 0
  #notesSinceLook = 0
  /** Of the lists, the one that is looked at next. */
  #next = 0

  /** Of all slots that live; to be made anew when they are renumbered. */
  constructor(timed: TimedSlots) {
    this.#timed = timed
    for (let slot = 0; slot < timed.slots; slot++) {
      const time = timed.changedAt(slot)
      if (time !== undefined) this.note(slot, time)
    }
  }

  /** How many there are, those that are out of date among them. */
  get notes(): number {
    return this.#notes
  }

  note(slot: Slot, time: number): void {
    let list = this.#last
    if (list?.time !== time || list.slots.length >= LIST_NOTES) list = this.#turnTo(time)
    list.slots.push(slot)
    this.#notes++
    if (++this.#notesSinceLook === LIST_NOTES) this.#lookAgain()
  }

  /** Takes out the slots that were last changed before `time`, in their order; to be removed by the caller. */
  take(time: number): Slot[] {
    const taken: Slot[] = []
    for (const { time: noted, slots } of this.#lists) {
      if (noted >= time) continue
      for (const slot of slots.all()) if (this.#timed.changedAt(slot) === noted) taken.push(slot)
      this.#notes -= slots.keep(() => false)
    }
    this.#dropEmpty()
    // The notes of a process that was restarted are in another order; its batches must come out the same.
    return taken.sort((a, b) => a - b)
  }

  /** As long as there are more notes than slots, some are out of date. */
  #lookAgain(): void {
    let left = LOOKED_AT * this.#notesSinceLook
    this.#notesSinceLook = 0
    while (left > 0 && this.#notes > this.#timed.size) {
      if (this.#next >= this.#lists.length) this.#next = 0
      const { time, slots } = this.#lists[this.#next++] as Notes
      left -= slots.length
      this.#notes -= slots.keep((slot) => this.#timed.changedAt(slot) === time)
    }
  }

  #dropEmpty(): void {
    const isEmpty = ({ slots }: Notes): boolean => slots.length === 0
    if (!this.#lists.some(isEmpty)) return
    for (const list of this.#lists)
      if (isEmpty(list) && this.#open.get(list.time) === list) this.#open.delete(list.time)
    this.#next -= this.#lists.slice(0, this.#next).filter(isEmpty).length
    this.#lists = this.#lists.filter((list) => !isEmpty(list))
    this.#last = undefined
  }

  #turnTo(time: number): Notes {
    const open = this.#open.get(time)
    this.#last = open && open.slots.length < LIST_NOTES ? open : this.#begun(time)
    return this.#last
  }

  #begun(time: number): Notes {
    const list = { time, slots: new SlotList() }
    this.#lists.push(list)
    this.#open.set(time, list)
    return list
  }
}

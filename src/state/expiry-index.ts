import { SlotList } from './slot-list.ts'

/** Entries that are out of date may be as many as the live ones, and some, before the index is made anew. */
const SLACK = 1024

/**
 * Which slots were last changed when: what is idle for longer than a timeout is found without looking at what is not. Times
 * only grow, so a slot that is changed again is merely noted again, and its earlier note passed over.
 */
export class ExpiryIndex {
  readonly #slotsByTime = new Map<number, SlotList>()
  #notes = 0
  /** Where the last note went: the next one is of the same batch, nearly always. */
  #time = Number.NaN
  #slots = new SlotList()

  /** Of all slots that live; to be made anew when they are renumbered, or when it is `crowded`. */
  constructor(slots: number, timeOf: (slot: number) => number | undefined) {
    for (let slot = 0; slot < slots; slot++) {
      const time = timeOf(slot)
      if (time !== undefined) this.note(slot, time)
    }
  }

  note(slot: number, time: number): void {
    if (time !== this.#time) this.#turnTo(time)
    this.#slots.push(slot)
    this.#notes++
  }

  /** Whether most notes are out of date. */
  crowded(live: number): boolean {
    return this.#notes > 2 * live + SLACK
  }

  /** Takes out the slots that were last changed before `time`, in their order. */
  take(time: number, timeOf: (slot: number) => number | undefined): number[] {
    const taken: number[] = []
    for (const [noted, slots] of this.#slotsByTime) {
      if (noted >= time) continue
      for (const slot of slots.all()) if (timeOf(slot) === noted) taken.push(slot)
      this.#slotsByTime.delete(noted)
      this.#notes -= slots.length
    }
    this.#time = Number.NaN
    // The notes of a process that was restarted are in another order; its batches must come out the same.
    return taken.sort((a, b) => a - b)
  }

  #turnTo(time: number): void {
    this.#time = time
    this.#slots = this.#slotsByTime.get(time) ?? new SlotList()
    this.#slotsByTime.set(time, this.#slots)
  }
}

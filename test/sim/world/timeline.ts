/** Something that happens at a time of the simulated world. */
export interface Event {
  readonly atMs: number
  readonly order: number
  /** Removed when the event is cancelled. */
  act: (() => void) | undefined
}

/** The true time of the world, which nobody in it can read, and what is to happen: a heap by time, then by order. */
export class Timeline {
  nowMs: number
  readonly #heap: Event[] = []
  #made = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  after(ms: number, act: () => void): Event {
    const event = { atMs: this.nowMs + Math.max(0, ms), order: this.#made++, act }
    this.#push(event)
    return event
  }

  at(atMs: number, act: () => void): Event {
    return this.after(atMs - this.nowMs, act)
  }

  /** Goes on to the next event and takes it out; `undefined` when nothing is left to happen. */
  next(): (() => void) | undefined {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      if (event.act === undefined) continue
      this.nowMs = event.atMs
      return event.act
    }
    return undefined
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.push(event) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above] as Event
      if (!isBefore(event, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!isBefore(heap[child] as Event, last)) break
      heap[at] = heap[child] as Event
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

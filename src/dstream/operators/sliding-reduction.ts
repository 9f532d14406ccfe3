import { returned } from '../../rdd/returned.ts'
import { assert } from '../../util/assert.ts'
import { type MapKey, mapKey } from '../../util/key.ts'
import { ownCopy } from './own-copy.ts'
import type { Pane } from './pane-table.ts'

/** Merges two values of a key, the earlier one first. */
export type Merge<V> = (a: V, b: V) => V

/** The pane of a place on the grid: the first batch after the zero time is 1; `undefined`: there is none. */
export type LoadPane<K, V> = (place: number) => Pane<K, V> | undefined

const NONE = Symbol('none')
type Maybe<V> = V | typeof NONE

/** What is known of a key in the window. `block` says of which time `back`, `built`, `middle` and `front` are. */
interface Cell<K, V> {
  key: K
  block: number
  /** Of the block that is leaving: what is left of it. */
  back: Maybe<V>
  /** Of the block in the middle: what its last panes add up to, as many as have been looked at. */
  built: Maybe<V>
  middle: Maybe<V>
  front: Maybe<V>
  previous: Cell<K, V>
  next: Cell<K, V>
}

/**
 * The values of every key over the last `panes` panes, carried on without an inverse. A firing is
 * `back ⊕ middle ⊕ front`: time is cut into blocks of half a window, so that a window is the end of one block, all of the
 * next, and the beginning of a third. The sums of the first are made from its end to its beginning, one pane with each that
 * comes, while the block is in the middle: so each pane is merged three times in its life, and no batch makes up for others.
 *
 * Blocks lie on the grid, so how values are grouped, and in which order keys come (by their last pane, then as in it),
 * depends on the panes alone: made anew from them, it is the same.
 */
export class SlidingReduction<K, V> {
  readonly #panes: number
  readonly #half: number
  /** By place, for each key of a pane: what the later panes of its block add up to. */
  readonly #later = new Map<number, Maybe<V>[]>()
  readonly #cells = new Map<MapKey, Cell<K, V>>()
  /** Of the ring of all cells, the place before the first. */
  readonly #ring: Cell<K, V>
  #place: number

  /** Of no panes at all, as they were before `place`. */
  constructor(panes: number, place: number) {
    this.#panes = panes
    this.#half = Math.max(1, panes >> 1)
    this.#place = place - 1
    const ring = { block: 0, back: NONE, built: NONE, middle: NONE, front: NONE } as unknown as Cell<K, V>
    ring.previous = ring
    ring.next = ring
    this.#ring = ring
  }

  /** The first place whose pane the window up to `place` can need. */
  static firstPlace(panes: number, place: number): number {
    const half = Math.max(1, panes >> 1)
    return Math.max(1, (Math.floor((place - 1) / half) - 3) * half + 1)
  }

  /** The last pane taken in. */
  get place(): number {
    return this.#place
  }

  /** Takes in the next pane; panes that were loaded before must be there, or be gone for good. */
  advance(load: LoadPane<K, V>, merge: Merge<V>): void {
    const place = this.#place + 1
    const block = this.#blockOf(place)
    this.#expire(load, place, block)
    if (block > 0 && this.#panes > 1) this.#build(load, 2 * block * this.#half - place + 1, merge)
    this.#add(load(place), block, merge)
    this.#place = place
  }

  /** Every key in the window with its value; objects are the caller's own. */
  *entries(merge: Merge<V>): Generator<readonly [K, V]> {
    const block = this.#blockOf(this.#place)
    for (let cell = this.#ring.next; cell !== this.#ring; cell = cell.next) {
      shift(cell, block)
      yield [ownCopy(cell.key), this.#valueOf(cell, merge)]
    }
  }

  #valueOf({ back, middle, front }: Cell<K, V>, merge: Merge<V>): V {
    if (this.#panes === 1) return ownCopy(front as V)
    const before = back === NONE ? middle : join(back, middle, merge)
    return ownCopy(before === NONE ? (front as V) : (join(before, front, merge) as V))
  }

  #blockOf(place: number): number {
    return Math.floor((place - 1) / this.#half)
  }

  #expire(load: LoadPane<K, V>, place: number, block: number): void {
    const gone = place - this.#panes
    const pane = gone > 0 ? load(gone) : undefined
    if (!pane) return
    // With an odd number of panes, the last pane of a block leaves when the block after it takes its place at the back.
    const later = this.#blockOf(gone) === block - 2 ? this.#later.get(gone) : undefined
    for (let i = 0; i < pane.keys.length; i++) {
      const cell = this.#cells.get(mapKey(pane.keys[i]))
      if (!cell) continue
      shift(cell, block)
      if (later) cell.back = later[i] as Maybe<V>
      if (this.#isEmpty(cell)) this.#drop(cell)
    }
    this.#later.delete(gone)
  }

  #isEmpty({ back, middle, front }: Cell<K, V>): boolean {
    return front === NONE && (this.#panes === 1 || (back === NONE && middle === NONE))
  }

  #build(load: LoadPane<K, V>, place: number, merge: Merge<V>): void {
    const pane = load(place)
    if (!pane) return
    const block = this.#blockOf(place) + 1
    const later: Maybe<V>[] = []
    for (let i = 0; i < pane.keys.length; i++) {
      const cell = this.#cells.get(mapKey(pane.keys[i]))
      assert(cell, 'a pane in the window has a key that is not known')
      shift(cell, block)
      const value = pane.values[i] as V
      later.push(cell.built)
      cell.built = cell.built === NONE ? ownCopy(value) : call(merge, value, cell.built)
    }
    this.#later.set(place, later)
  }

  #add(pane: Pane<K, V> | undefined, block: number, merge: Merge<V>): void {
    if (!pane) return
    for (let i = 0; i < pane.keys.length; i++) {
      const key = pane.keys[i] as K
      const id = mapKey(key)
      const known = this.#cells.get(id)
      const cell = known ?? this.#newCell(id, key, block)
      if (known) {
        shift(cell, block)
        unlink(cell)
        cell.key = ownCopy(key)
      }
      link(cell, this.#ring)
      const value = pane.values[i] as V
      cell.front = cell.front === NONE ? ownCopy(value) : call(merge, cell.front, value)
    }
  }

  #newCell(id: MapKey, key: K, block: number): Cell<K, V> {
    const { previous, next } = this.#ring
    const cell = {
      key: ownCopy(key),
      block,
      back: NONE,
      built: NONE,
      middle: NONE,
      front: NONE,
      previous,
      next,
    } as Cell<K, V>
    this.#cells.set(id, cell)
    return cell
  }

  #drop(cell: Cell<K, V>): void {
    unlink(cell)
    this.#cells.delete(mapKey(cell.key))
  }
}

/** Brings a cell to a later block: what was in front is in the middle now, and what was in the middle is leaving. */
function shift<K, V>(cell: Cell<K, V>, block: number): void {
  for (; cell.block < block; cell.block++) {
    cell.back = cell.built
    cell.built = NONE
    cell.middle = cell.front
    cell.front = NONE
  }
}

function unlink<K, V>({ previous, next }: Cell<K, V>): void {
  previous.next = next
  next.previous = previous
}

function link<K, V>(cell: Cell<K, V>, ring: Cell<K, V>): void {
  cell.previous = ring.previous
  cell.next = ring
  ring.previous.next = cell
  ring.previous = cell
}

function join<V>(a: V, b: Maybe<V>, merge: Merge<V>): V {
  return b === NONE ? a : call(merge, a, b)
}

/** The function may change its arguments, or return one of them. */
function call<V>(merge: Merge<V>, a: V, b: V): V {
  return returned(merge(ownCopy(a), ownCopy(b)))
}

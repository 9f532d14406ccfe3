import { assert } from '../util/assert.ts'
import { SluiceError } from '../util/errors.ts'
import type { Attempt, BatchTime, Token } from './attempt.ts'
import type { DeadLetterBox } from './dead-letters.ts'
import type { Committed, Head, History, Pin } from './head.ts'
import type { Manifest } from './manifest.ts'
import type { Stored } from './stored.ts'

/** Transitions of collection and of what operators do by hand. Whoever swaps has taken a token for it (P1). */

/**
 * Gives up what is below the boundary, before anything of it is deleted: from here on nobody can pin it (`boundary-first`).
 *
 *     collector: deletes what N-9 needs | operator: pins N-9, which is still in the history
 */
export function bounded(head: Head, boundary: Token): Head {
  return { ...next(head), boundary: boundary > head.boundary ? boundary : head.boundary }
}

/** Records that garbage was looked for after this batch; the next collection begins anew, or after the name `to`. */
export function collected(head: Head, batchTime: BatchTime, to?: string): Head {
  return { ...collectedTo(head, to), collected: batchTime }
}

/** Records how far a collection came whose time was over. Without a name the next one begins anew. */
export function collectedTo(head: Head, to: string | undefined): Head {
  const { collectedTo: _, ...rest } = next(head)
  return to === undefined ? rest : { ...rest, collectedTo: to }
}

/**
 * What savepoints may take of the head, in characters: several hundred of them. Every swap pays for all of it, an item of DynamoDB
 * ends at 400 KB, and whatever else is in the head must always find room.
 */
const PIN_CHARACTERS = 128 * 1024

/** Adds a savepoint. Refuses one below the boundary, of a name that is taken, or for which the head has no room. */
export function pinned(head: Head, pin: Pin): Head {
  if (pin.token < head.boundary) throw belowBoundary(head, pin.batchTime)
  if (head.pins.some(({ name }) => name === pin.name)) throw nameTaken(pin.name)
  refuseTooMany(head)
  return { ...next(head), pins: [...head.pins, pin] }
}

/** Refuses one savepoint more where the head has no room for it. */
export function refuseTooMany(head: Head): void {
  if (JSON.stringify(head.pins).length >= PIN_CHARACTERS) throw tooMany(head)
}

/** Takes a savepoint away; what only it needed is collected with the next garbage. */
export function unpinned(head: Head, name: string): Head {
  return { ...next(head), pins: head.pins.filter((pin) => pin.name !== name) }
}

/** Dead letters marked to be read again, or given up. What a plan reads already is none of them. */
export function withLetters(head: Head, deadLetters: Stored<DeadLetterBox>): Head {
  return { ...next(head), deadLetters }
}

export interface NewIncarnation {
  readonly attempt: Attempt
  /** What it begins with: no batch, but positions, state and the reason. */
  readonly manifest: Stored<Manifest>
  /** Not before the last batch of the one that ends: final names are never used again (`final-names-per-incarnation`). */
  readonly zeroTime: number
  readonly history: History
}

/**
 * Ends an incarnation and begins the next. Version and token go on from where they are: no swap of the old one fits
 * the new one (`reset-keeps-counters`). What was committed is visible by now (`reset-publishes-first`); a plan is dropped.
 */
export function reincarnated(head: Head, { attempt, manifest, zeroTime, history }: NewIncarnation): Head {
  assert(head.committed?.published !== false, 'a reset waits for the publish of the last commit')
  assert(zeroTime >= (head.committed?.attempt.batchTime ?? head.zeroTime), 'an incarnation starts after the one before')
  assert(attempt.incarnation === head.incarnation + 1, 'incarnations are counted')
  const { planned: _, ...rest } = next(head)
  const committed: Committed = { attempt, manifest, published: true }
  return { ...rest, incarnation: attempt.incarnation, zeroTime, committed, history }
}

/** The first head of a checkpoint that begins with another's savepoint: one swap, as half of it would be another application. */
export function begunFrom(head: Head, { attempt, manifest, zeroTime }: Omit<NewIncarnation, 'history'>): Head {
  assert(head.version === 0, 'only a checkpoint that does not exist begins with a savepoint')
  const committed: Committed = { attempt, manifest, published: true }
  return { ...next(head), incarnation: attempt.incarnation, token: attempt.token, zeroTime, committed }
}

function next(head: Head): Head {
  return { ...head, version: head.version + 1 }
}

function belowBoundary({ app }: Head, batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'below-boundary',
    kind: 'invalid',
    message: `What this batch of ${app} needs may have been collected already, so no savepoint can be made of it; choose a newer batch: ${batchTime} ms`,
  })
}

function tooMany({ app, pins }: Head): SluiceError {
  return new SluiceError({
    code: 'too-many-savepoints',
    kind: 'invalid',
    message: `Savepoints are in the head, which every batch writes, and there is room for no more of ${app}; delete some that nobody needs: there are ${pins.length}`,
  })
}

export function nameTaken(name: string): SluiceError {
  return new SluiceError({
    code: 'savepoint-exists',
    kind: 'invalid',
    message: `There is a savepoint of this name; choose another, or delete that one first: ${name}`,
  })
}

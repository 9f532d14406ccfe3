import { SluiceError } from '../util/errors.ts'
import type { BatchTime, Token } from './attempt.ts'
import type { Head, Pin } from './head.ts'

/** Transitions of collection and of what operators do by hand. Whoever swaps has taken a token for it (P1). */

/**
 * Gives up what is below the boundary, before anything of it is deleted: from here on nobody can pin it (`boundary-first`).
 *
 *     collector: deletes what N-9 needs | operator: pins N-9, which is still in the history
 */
export function bounded(head: Head, boundary: Token): Head {
  return { ...next(head), boundary: boundary > head.boundary ? boundary : head.boundary }
}

/** Records that garbage was looked for after this batch. */
export function collected(head: Head, batchTime: BatchTime): Head {
  return { ...next(head), collected: batchTime }
}

/** Adds a savepoint. Refuses one below the boundary, or of a name that is taken. */
export function pinned(head: Head, pin: Pin): Head {
  if (pin.token < head.boundary) throw belowBoundary(head, pin.batchTime)
  if (head.pins.some(({ name }) => name === pin.name)) throw nameTaken(pin.name)
  return { ...next(head), pins: [...head.pins, pin] }
}

/** Takes a savepoint away; what only it needed is collected with the next garbage. */
export function unpinned(head: Head, name: string): Head {
  return { ...next(head), pins: head.pins.filter((pin) => pin.name !== name) }
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

export function nameTaken(name: string): SluiceError {
  return new SluiceError({
    code: 'savepoint-exists',
    kind: 'invalid',
    message: `There is a savepoint of this name; choose another, or delete that one first: ${name}`,
  })
}

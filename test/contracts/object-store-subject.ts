import type { ObjectStore } from '../../src/ports/object-store.ts'

export interface ObjectStoreSubject {
  /** Empty, and nobody else's. */
  readonly store: ObjectStore
  /** The same place as another process would open it. */
  again(): ObjectStore
  /** Another empty place of the same kind. */
  elsewhere(): ObjectStore
}

/** Adds one test to a contract. */
export type Rule = (title: string, run: (subject: ObjectStoreSubject) => Promise<void>) => void

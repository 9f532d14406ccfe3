import type { Oracle } from '../oracle/oracle.ts'

/** What somebody who has seen every commit knows of what was read, and of states that nobody can foretell. */
export class Known {
  /** Up to where each partition of each log was committed. */
  readonly read: Map<string, number>
  readonly files: Set<string>
  /** Files that were given up with a plan that the code which gave it up was not of. */
  readonly passedOver: Set<string>
  readonly links: Map<string, { readonly count: number; readonly drawn: string }>
  /** Whether state has moved on unseen. */
  unseen: boolean

  constructor(before?: Known) {
    this.read = new Map(before?.read)
    this.files = new Set(before?.files)
    this.passedOver = new Set(before?.passedOver)
    this.links = new Map(before?.links)
    this.unseen = before?.unseen ?? false
  }
}

/** What was known after one batch: a checkpoint that begins with its savepoint goes on from that. */
export interface KnownThen {
  readonly known: Known
  readonly oracle: () => Oracle
}

import type { AppId } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'

/**
 * The one mutable record of an application. Linearizable: a successful `swap` is visible to every later `read`.
 * Called at most four times a batch. `swap` never retries by itself: a lost answer is reported as `unknown`, and the
 * caller reads back.
 */
export interface HeadRegister {
  /** Where it is, for messages: `dynamodb://table`, `file:///ck/head`. */
  readonly url: string
  /** The head, `undefined` before the first swap. Rejects with code `head-corrupt` (kind `data`) if it cannot be read as one. */
  read(app: AppId): Promise<Head | undefined>
  /**
   * Replaces the head whose `version` is `expected` (0: there is none yet) by `next`, whose version is `expected + 1`.
   * Rejects only where it is certain that nothing was written and trying again is useless (table missing, access denied).
   */
  swap(expected: number, next: Head): Promise<Swapped>
}

/** `conflict`: somebody else's swap came first (or an own one, whose answer was lost). `unknown`: it may have happened, or may yet. */
export type Swapped =
  | { readonly kind: 'ok' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly cause: unknown }

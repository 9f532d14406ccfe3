import type { Attempt } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import { marked } from '../checkpoint/transitions.ts'
import type { Swapped } from '../ports/head-register.ts'
import { isRetryable, messageOf, SluiceError } from '../util/errors.ts'
import type { Runtime } from './runtime.ts'

/** `fenced`: somebody with a higher token has the application now. An ordinary outcome. */
export type SwapOutcome = 'ok' | 'fenced'

const PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/**
 * The head as this invocation last knew it, and the only way in which it changes it. Each swap requires the version that
 * was read, so a second arrival of the same request changes nothing (P1).
 *
 * A swap whose answer is lost is settled by reading back (P8). Also a conflict is read back: a client that tries again
 * after a lost answer reports its own success as one.
 *
 *     I: commit N ──► done, answer lost        I: read ──► own attempt committed ──► publish
 *     I: commit N ──► lost on the way          I: read ──► own token, plan still there ──► the same commit again
 *     I: commit N ──► lost | J: lease t+1      I: read ──► another token ──► fenced, publish nothing
 */
export class OwnHead {
  readonly #runtime: Runtime
  readonly #signal: AbortSignal
  #head: Head
  /** A publish that this process has done and no swap has recorded yet: it rides on the next one (P10). */
  #published: Attempt | undefined

  constructor(runtime: Runtime, head: Head, signal: AbortSignal) {
    this.#runtime = runtime
    this.#signal = signal
    this.#published = runtime.warm.published
    this.#head = this.#asKnown(head)
  }

  /** As last read or written, with what this process knows to be published marked so. */
  get head(): Head {
    return this.#head
  }

  notePublished(attempt: Attempt): void {
    this.#published = attempt
    this.#runtime.warm.published = attempt
    this.#head = this.#asKnown(this.#head)
  }

  #asKnown(head: Head): Head {
    return this.#published === undefined ? head : marked(head, this.#published)
  }

  async refresh(): Promise<void> {
    this.#head = this.#asKnown((await this.#read()) ?? this.#head)
  }

  /** A swap of this invocation's own lease: tried again only while the token in the head is the own one. */
  swap(transition: (head: Head) => Head): Promise<SwapOutcome> {
    return this.#swap(transition, (found) => found.token === this.#head.token)
  }

  /** Takes the lease: tried again while nobody has changed the head; else the caller decides anew on what was found. */
  take(transition: (head: Head) => Head): Promise<SwapOutcome> {
    return this.#swap(transition, (found) => found.version === this.#head.version)
  }

  async #swap(transition: (head: Head) => Head, again: (found: Head) => boolean): Promise<SwapOutcome> {
    for (let pause = PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const next = transition(this.#head)
      const answer = await this.#runtime.register.swap(this.#head.version, next)
      if (answer.kind === 'ok') return this.#done(next)
      this.#tellUnsettled(next, answer)
      const found = await this.#read()
      if (found === undefined && this.#head.version > 0) throw this.#gone()
      if (found !== undefined && sameHead(found, next)) return this.#done(found)
      if (found !== undefined && !again(found)) {
        this.#head = this.#asKnown(found)
        return 'fenced'
      }
      this.#head = this.#asKnown(found ?? this.#head)
      await this.#runtime.clock.sleep(pause, this.#signal)
      this.#stopIfAborted(answer.kind === 'unknown' ? answer.cause : undefined)
    }
  }

  /** A conflict is everyday; what a register cannot do (its disk is full) is to be known while it is tried again. */
  #tellUnsettled({ app, version }: Head, answer: Swapped): void {
    const { log } = this.#runtime
    if (answer.kind === 'unknown') log.warn('swap-unsettled', { app, version, error: messageOf(answer.cause) })
    else log.debug('swap-unsettled', { app, version, answer: answer.kind })
  }

  #done(head: Head): SwapOutcome {
    this.#head = this.#asKnown(head)
    this.#runtime.warm.head = head
    return 'ok'
  }

  async #read(): Promise<Head | undefined> {
    for (let pause = PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return await this.#runtime.register.read(this.#head.app)
      } catch (error) {
        if (!isRetryable(error)) throw error
        this.#runtime.log.warn('head-read-failed', { app: this.#head.app, error: messageOf(error) })
        await this.#runtime.clock.sleep(pause, this.#signal)
        this.#stopIfAborted(error)
      }
    }
  }

  /** A head is never deleted by a rule of the protocol: waiting for it to come back would be waiting for ever. */
  #gone(): SluiceError {
    delete this.#runtime.warm.head
    return new SluiceError({
      code: 'head-missing',
      kind: 'data',
      message: `The head of the application was deleted while it ran; restore it from a backup, or start again with another checkpoint: ${this.#runtime.register.url}/${this.#head.app}`,
    })
  }

  /** Unknown is not ok: whoever cannot settle a swap publishes nothing; the next invocation sees what became of it. */
  #stopIfAborted(cause?: unknown): void {
    if (!this.#signal.aborted) return
    throw new SluiceError({
      code: 'outcome-unknown',
      kind: 'retryable',
      message: `The head register did not say in time whether a swap was done; the next invocation finds out: ${this.#runtime.register.url}`,
      cause,
    })
  }
}

/** Whether the head in the register is the one that was sent: nobody else writes this version with this content. */
function sameHead(found: Head, sent: Head): boolean {
  return found.version === sent.version && JSON.stringify(found) === JSON.stringify(sent)
}

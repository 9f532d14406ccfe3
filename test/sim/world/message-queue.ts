import type { Key, Pair } from '../apps/app-spec.ts'

/** What a receiver is given: a pair, and a number that no other message has. */
export type Message = readonly [key: Key, value: number, id: number]

/** For so long nobody else is given what somebody has taken and not acknowledged. */
const HIDDEN_MS = 3_000

/** Messages outside, as a broker keeps them: each is given out until it is acknowledged. */
export class MessageQueue {
  readonly #waiting = new Map<number, { readonly message: Message; fromMs: number }>()
  #sent = 0

  send([key, value]: Pair): void {
    const id = this.#sent++
    this.#waiting.set(id, { message: [key, value, id], fromMs: 0 })
  }

  take(most: number, nowMs: number): Message[] {
    const free = [...this.#waiting.values()].filter(({ fromMs }) => fromMs <= nowMs).slice(0, most)
    for (const entry of free) entry.fromMs = nowMs + HIDDEN_MS
    return free.map(({ message }) => message)
  }

  acknowledge(messages: readonly Message[]): void {
    for (const [, , id] of messages) this.#waiting.delete(id)
  }
}

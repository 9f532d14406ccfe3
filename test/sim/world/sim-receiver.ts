import { Receiver } from '../../../src/dstream/receiver.ts'
import type { Message } from './message-queue.ts'
import type { SimProcess } from './sim-process.ts'
import { Wire } from './wire.ts'

const REST_MS = 700
/** So few that blocks come about often, and two at a time, so that the later one may be durable before the other. */
const MESSAGES = 2

/** Takes messages for as long as its process lives, and acknowledges them once their block is durable. */
export class SimReceiver extends Receiver<Message> {
  readonly #process: SimProcess
  readonly #wire: Wire

  constructor(process: SimProcess) {
    super()
    this.#process = process
    this.#wire = new Wire(process)
  }

  onStart(): void {
    void this.#receive()
  }

  onStop(): void {}

  async #receive(): Promise<void> {
    while (!this.isStopped()) {
      // What could not be stored is not acknowledged, so it comes again.
      await Promise.allSettled([this.#block(), this.#block()])
      await this.#process.clock.sleep(REST_MS)
    }
  }

  async #block(): Promise<void> {
    const { world } = this.#process
    const take = (): Message[] => world.queue.take(MESSAGES, world.timeline.nowMs)
    const messages = await this.#wire.call({ site: 'queue:take', act: take, changes: true })
    if (messages.length === 0) return
    await this.store(messages)
    await this.#wire.call({ site: 'queue:acknowledge', act: () => world.acknowledged(messages), changes: true })
  }
}

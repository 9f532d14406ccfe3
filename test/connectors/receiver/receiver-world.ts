import { openReceiverSource } from '../../../src/connectors/receiver/receiver-source.ts'
import { Receiver } from '../../../src/dstream/receiver.ts'
import { receiverSource } from '../../../src/dstream/sources/receiver-stream.ts'
import { SystemClock } from '../../../src/local/system-clock.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { ReceiverEvent } from '../../../src/ports/receiver-event.ts'
import type { Source } from '../../../src/ports/source.ts'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { FakeStorage } from '../fake-storage.ts'

/** A receiver that a test feeds, and that writes down what is done to it. */
export class FedReceiver extends Receiver<unknown> {
  readonly calls: string[] = []
  /** What `onStart` throws, once. */
  failure: Error | undefined
  onStart(): void {
    this.calls.push('start')
    const { failure } = this
    this.failure = undefined
    if (failure !== undefined) throw failure
  }
  onStop(): void {
    this.calls.push('stop')
  }
}

/** What outlives processes: a store of objects. Each opened source is a process of its own. */
export class ReceiverWorld {
  readonly storage = new FakeStorage()
  readonly events: ReceiverEvent[] = []
  readonly #clock: Clock
  #sessions = 0

  constructor(clock: Clock = new SystemClock()) {
    this.#clock = clock
  }

  open(receiver: Receiver<unknown>, settings: Record<string, string> = {}): Source {
    return openReceiverSource(receiverSource(receiver as Receiver<never>), 'in', {
      app: 'receiving',
      streamId: 3,
      session: `session-${this.#sessions++}`,
      checkpoint: this.storage.open('memory://checkpoint'),
      clock: this.#clock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      settings: new SparkConf({
        'spark.streaming.blockInterval': '5ms',
        'spark.streaming.receiverRestartDelay': '1ms',
        ...settings,
      }),
      receiverEvent: (event) => this.events.push(event),
    })
  }
}

/** Lets timers of a few milliseconds pass until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let rounds = 0; !holds(); rounds++) {
    if (rounds > 5_000) throw new Error('it never held')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

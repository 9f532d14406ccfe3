import { InputDStream } from '../../../src/dstream/input-dstream.ts'
import type { StreamBuilder } from '../../../src/dstream/stream-builder.ts'
import type { Handout } from '../world/handouts.ts'

/** Computes its batches: each is what a queue outside has when somebody plans, which nobody is told again. */
export class AskedStream extends InputDStream<Handout> {
  readonly #ask: () => Promise<readonly Handout[]>

  constructor(ssc: StreamBuilder, ask: () => Promise<readonly Handout[]>) {
    super(ssc)
    this.#ask = ask
  }

  compute(): Promise<readonly Handout[]> {
    return this.#ask()
  }
}

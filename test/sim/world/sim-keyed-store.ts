import type { KeyedStore, KeyedWrite } from '../../../src/ports/keyed-store.ts'
import type { Rerun } from '../checkers/checker.ts'
import type { SimProcess } from './sim-process.ts'
import { Wire } from './wire.ts'

/** The keyed store as the function of one batch sees it, over its process's wire. */
export class SimKeyedStore implements KeyedStore {
  readonly url = 'sim://keyed'
  readonly #process: SimProcess
  readonly #token: string
  readonly #rerun: Rerun | undefined
  readonly #wire: Wire

  /** `token` says of which batch the function is. */
  constructor(process: SimProcess, token: string) {
    this.#process = process
    this.#token = token
    this.#rerun = process.rerun
    this.#wire = new Wire(process)
  }

  write(write: KeyedWrite): Promise<'written' | 'older'> {
    return this.#wire.call({ site: 'keyed:write', act: () => this.#write(write), changes: true })
  }

  async #write(write: KeyedWrite): Promise<'written' | 'older'> {
    const { world } = this.#process
    const written = await world.keyed.write(write)
    world.keyedWritten({
      token: this.#token,
      rerun: this.#rerun,
      key: write.key,
      value: write.value,
      now: await world.keyed.read(write.key),
    })
    return written
  }

  read(key: string): Promise<string | undefined> {
    const { keyed } = this.#process.world
    return this.#wire.call({ site: 'keyed:read', act: () => keyed.read(key), changes: false })
  }
}

import type { AppId } from '../../checkpoint/attempt.ts'
import type { Head } from '../../checkpoint/head.ts'
import { decodeHead, encodeHead } from '../../checkpoint/head-json.ts'
import { checkAppId } from '../../checkpoint/names.ts'
import type { HeadRegister, Swapped } from '../../ports/head-register.ts'
import { assert } from '../../util/assert.ts'

/**
 * Heads in this process's memory. Who reads one gets what any register would give, a copy by way of its text; the text is
 * only made then, as a batch writes the head and does not read it.
 */
export class MemoryHeadRegister implements HeadRegister {
  readonly url: string
  readonly #heads = new Map<AppId, Head>()

  constructor(url = 'memory://head') {
    this.url = url
  }

  async read(app: AppId): Promise<Head | undefined> {
    const stored = this.#heads.get(checkAppId(app))
    return stored === undefined ? undefined : decodeHead(encodeHead(stored), `${this.url}/${app}`)
  }

  async swap(expected: number, next: Head): Promise<Swapped> {
    assert(next.version === expected + 1, `a swap goes from one version to the next: ${expected} to ${next.version}`)
    if ((this.#heads.get(checkAppId(next.app))?.version ?? 0) !== expected) return { kind: 'conflict' }
    this.#heads.set(next.app, next)
    return { kind: 'ok' }
  }
}

import type { BatchTime } from '../checkpoint/attempt.ts'
import { decodeManifest } from '../checkpoint/decode-record.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { ObjectRef, Stored } from '../checkpoint/stored.ts'
import { fromBase64 } from '../util/base64.ts'
import { SluiceError } from '../util/errors.ts'
import type { FoundManifests } from './found-manifests.ts'
import { load } from './stored.ts'

/**
 * The changes that committed batches carry inline, for one restore. What the head has shed is named by the changelog's
 * reference (`within`), the rest is found by a walk back through the history. They are of one incarnation.
 */
export class InlineChanges {
  readonly #found: FoundManifests
  readonly #incarnation: number
  readonly #within: ReadonlyMap<BatchTime, ObjectRef>

  /** Of the state after the batch of a manifest. */
  constructor(found: FoundManifests, { attempt, state }: Pick<Manifest, 'attempt' | 'state'>) {
    this.#found = found
    this.#incarnation = attempt.incarnation
    this.#within = new Map(state.changelogs.flatMap(({ batchTime, within }) => (within ? [[batchTime, within]] : [])))
  }

  /** The changelog inside the manifest of that batch. */
  async of(batchTime: BatchTime): Promise<Uint8Array> {
    const stored = await this.#find(batchTime)
    const changes = stored && (await load(this.#found.objects, stored, decodeManifest)).inlineChanges
    if (changes !== undefined) return fromBase64(changes)
    throw new SluiceError({
      code: 'state-missing',
      kind: 'data',
      message: `The state needs the changes of a batch that the history no longer holds; start from a savepoint: ${batchTime} ms`,
    })
  }

  #find(batchTime: BatchTime): Promise<Stored<Manifest> | undefined> {
    const [within, batch] = [this.#within.get(batchTime), { incarnation: this.#incarnation, batchTime }]
    return within === undefined ? this.#found.inHistory(batch) : this.#found.within(within, batch)
  }
}

import { applicationPrefix, attemptOf, replayFolder, shadowsPrefix } from '../../checkpoint/names.ts'
import type { ObjectRef } from '../../checkpoint/stored.ts'
import { checksumText, crc32c } from '../../util/crc32c.ts'
import type { Runtime } from '../runtime.ts'
import { damage, type Finding } from './finding.ts'

export interface AuditOptions {
  /** Compares sizes, and reads no bytes. */
  readonly quick: boolean
  readonly signal: AbortSignal
}

export interface FileCount {
  files: number
  sizeBytes: number
}

/** What an application has in its checkpoint, listed once, and which of it has been looked at. */
export class AuditedObjects {
  readonly #runtime: Runtime
  readonly #options: AuditOptions
  readonly #sizes = new Map<string, number>()
  readonly #audited = new Map<string, Promise<Finding | undefined>>()
  checkedBytes = 0
  /** What replays wrote: it has no names that anybody knows, and is only counted. */
  readonly shadows: { readonly passing: FileCount; readonly kept: FileCount } = { passing: none(), kept: none() }

  constructor(runtime: Runtime, options: AuditOptions) {
    this.#runtime = runtime
    this.#options = options
  }

  /** Lists everything. To be called before the head is read: what it names then was there earlier. */
  async list(): Promise<void> {
    const { checkpoint, app } = this.#runtime
    const shadows = shadowsPrefix(app)
    for await (const page of checkpoint.list(applicationPrefix(app))) {
      this.#options.signal.throwIfAborted()
      for (const { key, sizeBytes } of page) {
        if (key.startsWith(shadows)) this.#countShadow(key, sizeBytes)
        else this.#sizes.set(key, sizeBytes)
      }
    }
  }

  #countShadow(key: string, sizeBytes: number): void {
    const count = replayFolder(key) === undefined ? this.shadows.kept : this.shadows.passing
    count.files++
    count.sizeBytes += sizeBytes
  }

  get listed(): ReadonlyMap<string, number> {
    return this.#sizes
  }

  /** How many different objects were looked at. */
  get checked(): number {
    return this.#audited.size
  }

  wasAudited(key: string): boolean {
    return this.#audited.has(key)
  }

  /** Whether the object is what was written; looked at once, however many batches name it. */
  audit(ref: ObjectRef, batchTime: number): Promise<Finding | undefined> {
    const earlier = this.#audited.get(ref.key)
    if (earlier !== undefined) return earlier
    const auditing = this.#audit(ref, batchTime)
    this.#audited.set(ref.key, auditing)
    return auditing
  }

  async #audit(ref: ObjectRef, batchTime: number): Promise<Finding | undefined> {
    const { checkpoint } = this.#runtime
    this.#options.signal.throwIfAborted()
    const url = `${checkpoint.url}/${ref.key}`
    const what = kindOf(ref.key)
    const sizeBytes = this.#sizes.get(ref.key) ?? (await checkpoint.head(ref.key))?.sizeBytes
    if (sizeBytes === undefined)
      return damage('object-missing', `${what} is gone; restore it from a backup, ${ELSE}: ${url}`, batchTime)
    if (sizeBytes !== ref.sizeBytes) {
      const sizes = `${sizeBytes} bytes instead of ${ref.sizeBytes}`
      return damage('object-damaged', `${what} has ${sizes}; restore it from a backup, ${ELSE}: ${url}`, batchTime)
    }
    if (this.#options.quick || (await this.#checksum(ref.key)) === ref.crc32c) return undefined
    return damage('object-damaged', `${what} has other bytes than were written; restore it, ${ELSE}: ${url}`, batchTime)
  }

  async #checksum(key: string): Promise<string> {
    const object = await this.#runtime.checkpoint.get(key)
    let crc = 0
    for await (const chunk of object?.body ?? []) {
      this.#options.signal.throwIfAborted()
      crc = crc32c(chunk, crc)
      this.checkedBytes += chunk.length
    }
    return checksumText(crc)
  }
}

function none(): FileCount {
  return { files: 0, sizeBytes: 0 }
}

const ELSE = 'or begin another checkpoint with a savepoint'

const KINDS: Readonly<Record<string, string>> = {
  plan: 'The plan of a batch',
  manifest: 'The manifest of a batch',
  history: 'A segment of the history',
  changelog: 'The changelog of a batch',
  snapshot: 'A snapshot of state',
  output: 'Staged output of a batch',
  savepoint: 'A savepoint',
  'dead-letters': 'Dead letters of a batch',
  'dead-letter-box': 'The list of dead letters',
  from: 'State that was copied from another checkpoint',
}

function kindOf(key: string): string {
  const [, , , , kind = ''] = attemptOf(key) === undefined ? [] : key.split('/')
  return KINDS[kind] ?? 'An object that the checkpoint names'
}

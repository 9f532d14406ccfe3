import type { Attempt, BatchTime, Token } from '../../src/checkpoint/attempt.ts'
import type { ChangelogRef, SnapshotRef } from '../../src/checkpoint/manifest.ts'
import type { ObjectRef } from '../../src/checkpoint/stored.ts'
import type { StateObjects } from '../../src/state/state-objects.ts'
import type { Base, SealedState, StateRun } from '../../src/state/state-run.ts'
import { crc32cHex } from '../../src/util/crc32c.ts'
import type { ByteSpan } from '../../src/util/value-reader.ts'

/** A checkpoint in memory: what the scheduler does around a `StateRun`. */
export class StateWorld implements StateObjects {
  readonly objects = new Map<string, Uint8Array>()
  readonly inline = new Map<BatchTime, Uint8Array>()
  /** Keys read since the last look, in order. */
  reads: string[] = []
  bytesRead = 0
  readonly history: Base[] = []
  /** Changelogs up to this size travel in the manifest. */
  inlineBytes = 0
  /** Whether changelogs cannot be merged now. */
  refuses = false
  /** Whether what is written of snapshots is lost. */
  loses = false

  get base(): Base | undefined {
    return this.history.at(-1)
  }

  async read(ref: ObjectRef, range?: ByteSpan): Promise<Uint8Array> {
    this.reads.push(ref.key)
    const bytes = this.objects.get(ref.key)
    if (bytes === undefined) throw new Error(`missing: ${ref.key}`)
    const read = range ? bytes.slice(range.start, range.end) : bytes
    this.bytesRead += read.length
    return read
  }

  async inlineChanges(batchTime: BatchTime): Promise<Uint8Array> {
    this.reads.push(`inline ${batchTime}`)
    const bytes = this.inline.get(batchTime)
    if (bytes === undefined) throw new Error(`nothing inline: ${batchTime}`)
    return bytes
  }

  /** Seals, stores, commits and settles. */
  async commit(run: StateRun, batchTime: BatchTime): Promise<SealedState> {
    const sealed = run.seal(batchTime)
    const changelog = sealed.changes && this.#changelog(batchTime, sealed.changes)
    const snapshots: SnapshotRef[] = []
    for (const { operator, partition, parts } of sealed.snapshots) {
      const bytes = await joined(parts())
      if (this.loses) continue
      const object = this.put(`snapshot-${batchTime}-${operator}-${partition}`, bytes)
      snapshots.push({ operator, partition, batchTime, object })
    }
    const attempt = attemptOf(batchTime)
    const merged = sealed.merge && !this.refuses && this.put(`merged-${batchTime}`, await sealed.merge.bytes())
    this.history.push({ attempt, state: sealed.manifest(changelog, snapshots, merged || undefined) })
    run.settle(attempt)
    return sealed
  }

  put(key: string, bytes: Uint8Array): ObjectRef {
    this.objects.set(key, bytes)
    return { key, sizeBytes: bytes.length, crc32c: crc32cHex(bytes) }
  }

  #changelog(batchTime: BatchTime, bytes: Uint8Array): ChangelogRef {
    if (bytes.length > this.inlineBytes)
      return { batchTime, object: this.put(`changes-${batchTime}`, bytes), sizeBytes: bytes.length }
    this.inline.set(batchTime, bytes)
    return { batchTime, sizeBytes: bytes.length }
  }
}

/** The bytes of a snapshot. */
export async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const part of parts) chunks.push(part)
  return new Uint8Array(Buffer.concat(chunks))
}

export function attemptOf(batchTime: BatchTime, number = 1): Attempt {
  return { incarnation: 1, batchTime, token: 1 as Token, number }
}

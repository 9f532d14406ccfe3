import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import type { Manifest, StagedFile, StagedOutput } from '../checkpoint/manifest.ts'
import { shadowKey, shadowPrefix } from '../checkpoint/names.ts'
import { StateStore } from '../state/state-store.ts'
import { assert } from '../util/assert.ts'
import { SluiceError } from '../util/errors.ts'
import { pastBatch } from './past-batch.ts'
import { openState } from './restore.ts'
import { evaluate } from './run.ts'
import type { Runtime } from './runtime.ts'
import { load } from './stored.ts'

/** What a replay found. `equal`: every output file has the bytes that were published. */
export interface ReplayReport {
  readonly batchTime: BatchTime
  readonly equal: boolean
  /** Where the replayed files are; nothing else ever writes there. */
  readonly shadow: string
  readonly outputs: readonly ReplayedOutput[]
}

export interface ReplayedOutput {
  readonly output: string
  readonly destination?: string
  readonly equal: boolean
  /** What differs, in words; empty when equal. */
  readonly differences: readonly string[]
  readonly files: readonly string[]
}

/**
 * Runs a committed batch again from its own plan and the state before it, and compares the bytes. Everything is written
 * under a shadow prefix of this replay's own; `foreachRDD` functions are not called, heads and state are not touched.
 */
export async function replayBatch(runtime: Runtime, batchTime: BatchTime, signal: AbortSignal): Promise<ReplayReport> {
  const head = await runtime.register.read(runtime.app)
  const { manifest, before } = await pastBatch(runtime, head, batchTime)
  assert(head !== undefined, 'a committed batch has a head')
  if (manifest.skipped !== undefined) throw skippedBatch(runtime, batchTime, manifest.skipped.reason)
  if (manifest.began !== undefined || manifest.attempt.incarnation !== head.incarnation) throw beforeReset(batchTime)
  const shadow = shadowPrefix(runtime.app, batchTime, runtime.uniqueId())
  const state = openState({ ...runtime, state: new StateStore() }, head, before)
  const attempt: Attempt = { ...manifest.attempt }
  const { outputs } = await evaluate(runtime, {
    plan: await load(runtime.checkpoint, manifest.plan),
    attempt,
    zeroTime: head.zeroTime,
    state,
    staging: { store: runtime.checkpoint, key: (output, file) => shadowKey(shadow, output, file), inlineBytes: 0 },
    signal,
    purpose: 'replay',
  })
  return report(batchTime, `${runtime.checkpoint.url}/${shadow}`, compare(manifest, outputs))
}

function report(batchTime: BatchTime, shadow: string, outputs: readonly ReplayedOutput[]): ReplayReport {
  return { batchTime, equal: outputs.every(({ equal }) => equal), shadow, outputs }
}

function compare(manifest: Manifest, replayed: readonly StagedOutput[]): ReplayedOutput[] {
  const names = new Set([...manifest.outputs, ...replayed].map(({ output }) => output))
  return [...names].map((name) => {
    const published = manifest.outputs.find(({ output }) => output === name)
    const again = replayed.find(({ output }) => output === name)
    return compareOutput(name, published, again)
  })
}

function compareOutput(output: string, published?: StagedOutput, again?: StagedOutput): ReplayedOutput {
  const differences = [
    ...fileDifferences(published?.files ?? [], again?.files ?? []),
    ...(JSON.stringify(published?.detail) === JSON.stringify(again?.detail) ? [] : ['what it shows differs']),
  ]
  const destination = published?.destination ?? again?.destination
  return {
    output,
    ...(destination === undefined ? {} : { destination }),
    equal: differences.length === 0,
    differences,
    files: (again?.files ?? []).flatMap(({ at }) => (at.kind === 'object' ? [at.ref.key] : [])),
  }
}

function fileDifferences(published: readonly StagedFile[], again: readonly StagedFile[]): string[] {
  const [publishedByName, againByName] = [published, again].map(
    (files) => new Map(files.map((file) => [file.name, file])),
  )
  const names = [...new Set([...published, ...again].map(({ name }) => name))].sort()
  return names.flatMap((name) => {
    const before = publishedByName?.get(name)
    const now = againByName?.get(name)
    if (now === undefined) return [`${name}: published, but not made by the replay`]
    if (before === undefined) return [`${name}: made by the replay, but not published`]
    if (before.sizeBytes !== now.sizeBytes) return [`${name}: ${now.sizeBytes} bytes instead of ${before.sizeBytes}`]
    return before.crc32c === now.crc32c ? [] : [`${name}: same length, other bytes`]
  })
}

function skippedBatch({ app }: Runtime, batchTime: BatchTime, reason: string): SluiceError {
  return new SluiceError({
    code: 'batch-skipped',
    kind: 'invalid',
    message: `This batch of ${app} was given up and made no output, so there is nothing to replay (${reason}): ${batchTime} ms`,
  })
}

/** Its grid and its code are gone: the same bytes are not to be expected. */
function beforeReset(batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'before-reset',
    kind: 'invalid',
    message: `Only batches since the application began, or was last reset, can be run again: ${batchTime} ms`,
  })
}

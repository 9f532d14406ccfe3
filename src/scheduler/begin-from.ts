import { type Attempt, nextToken } from '../checkpoint/attempt.ts'
import { decodePlan } from '../checkpoint/decode-record.ts'
import { isObjectRef } from '../checkpoint/garbage.ts'
import type { Head, Pin } from '../checkpoint/head.ts'
import type { ChangelogRef, Manifest, StateManifest } from '../checkpoint/manifest.ts'
import { copiedKey } from '../checkpoint/names.ts'
import { begunFrom } from '../checkpoint/operator-acts.ts'
import type { Plan } from '../checkpoint/plan.ts'
import type { Savepoint } from '../checkpoint/savepoint.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import { inline } from '../checkpoint/stored.ts'
import { unborn } from '../checkpoint/transitions.ts'
import type { HeadRegister } from '../ports/head-register.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { allDone } from '../util/all-done.ts'
import { fromBase64 } from '../util/base64.ts'
import { SluiceError } from '../util/errors.ts'
import { unlessGone } from './given-up.ts'
import { noCheckpoint } from './operator-act.ts'
import { OwnHead } from './own-head.ts'
import type { Runtime } from './runtime.ts'
import { isPinned, pinOf, readSavepoint, type SavepointInfo } from './savepoint.ts'
import { load, putObject, store } from './stored.ts'

export interface BeginRequest {
  readonly name: string
  /** Where the savepoint is. */
  readonly from: { readonly register: HeadRegister; readonly checkpoint: ObjectStore }
  /**
   * By default one more than the original has had: to be given where another copy has had that one, and has acted on the same systems
   * by `foreachRDD`. What bears the tokens of that copy counts there as done, and what bears older marks as overtaken.
   */
  readonly incarnation?: number
  readonly signal: AbortSignal
}

/** Objects copied at once. */
const WIDTH = 16

/**
 * Begins the runtime's checkpoint, which must not exist yet, with a savepoint of another one of the same application: its state
 * is copied, streams go on from its positions, and the first batch is the one after it. Nothing at the other place changes.
 * Rejects with code `checkpoint-exists`, `savepoint-not-found` or `bad-incarnation`.
 */
export async function beginFromSavepoint(runtime: Runtime, request: BeginRequest): Promise<SavepointInfo> {
  const { from } = request
  const head = await from.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint({ app: runtime.app, register: from.register })
  const incarnation = incarnationAfter(head, request)
  const pin = pinOf(head, request.name)
  const place = { app: runtime.app, register: from.register }
  const begun = await unlessGone(place, isPinned(pin), begin(runtime, request, { pin, incarnation }))
  if (begun === undefined) throw deletedMeanwhile(request.name)
  return begun
}

interface Original {
  readonly pin: Pin
  /** Of the copy. */
  readonly incarnation: number
}

async function begin(
  runtime: Runtime,
  { from, name, signal }: BeginRequest,
  { pin, incarnation }: Original,
): Promise<SavepointInfo> {
  const savepoint = await readSavepoint(from.checkpoint, pin)
  if ((await runtime.register.read(runtime.app)) !== undefined) throw exists(runtime)
  await refuseSharedObjects(runtime, pin)
  const before = unborn({ ...savepoint, app: runtime.app })
  const { batchTime } = savepoint.manifest.attempt
  const attempt: Attempt = { incarnation, batchTime, token: nextToken(before.token), number: 1 }
  const copied = await copiedManifest(runtime, attempt, { savepoint, from: from.checkpoint })
  const key = copiedKey(runtime.app, attempt, runtime.uniqueId(), 0)
  const manifest = await store(runtime.checkpoint, () => key, copied)
  const own = new OwnHead(runtime, before, signal)
  const { zeroTime } = savepoint
  if ((await own.take((head) => begunFrom(head, { attempt, manifest, zeroTime }))) === 'fenced') throw exists(runtime)
  return { name, batchTime, incarnation, createdMs: savepoint.createdMs }
}

/** Names and marks have six digits for it. */
const MOST_INCARNATIONS = 999_999

function incarnationAfter({ incarnation: before }: Head, { incarnation = before + 1 }: BeginRequest): number {
  if (Number.isSafeInteger(incarnation) && incarnation > before && incarnation <= MOST_INCARNATIONS) return incarnation
  throw new SluiceError({
    code: 'bad-incarnation',
    kind: 'invalid',
    message: `The incarnation of a checkpoint that begins with a savepoint is a whole number above that of the original, ${before}, and at most ${MOST_INCARNATIONS}: ${incarnation}`,
  })
}

/**
 * Two heads above one place of objects, as with another table and the same bucket: what the one names is garbage to the other. The
 * savepoint tells, however each place is spelled: no start copies it.
 */
async function refuseSharedObjects({ app, checkpoint }: Runtime, { ref }: Pin): Promise<void> {
  if ((await checkpoint.head(ref.key)) === undefined) return
  throw new SluiceError({
    code: 'checkpoint-exists',
    kind: 'invalid',
    message: `The objects of the checkpoint of ${app} that has this savepoint lie there, and the collection of either would delete what only the other needs; choose another directory or prefix: ${checkpoint.url}`,
  })
}

interface Copying {
  readonly savepoint: Savepoint
  readonly from: ObjectStore
}

async function copiedManifest(runtime: Runtime, attempt: Attempt, copying: Copying): Promise<Manifest> {
  const { manifest, name } = copying.savepoint
  // What only the original has is not named: its history, its letters, and changes that the state does not need.
  const {
    predecessor: _,
    inlineChanges: __,
    changes: _changes,
    skipped: ___,
    deadLetters: _letters,
    plannedAs: _names,
    ...kept
  } = manifest
  const plan: Plan = { ...(await load(copying.from, manifest.plan, decodePlan)), sources: {} }
  return {
    ...kept,
    attempt,
    plan: inline(plan, JSON.stringify(plan)),
    state: await copiedState(runtime, attempt, copying),
    outputs: [],
    stats: { ...manifest.stats, records: {}, attempts: 0 },
    began: { by: 'savepoint', reason: `${name} of ${copying.from.url}` },
  }
}

/** Every object that the state consists of, under names of this checkpoint; changes that travelled in manifests become objects. */
async function copiedState(runtime: Runtime, attempt: Attempt, { savepoint, from }: Copying): Promise<StateManifest> {
  const copies = new Copies(runtime, attempt, from)
  const changelogs = await inTurns(savepoint.manifest.state.changelogs, async (ref): Promise<ChangelogRef> => {
    const { batchTime, sizeBytes, object } = ref
    if (object !== undefined) return { ...ref, object: await copies.copy(object) }
    const changes = savepoint.inlineChanges[batchTime]
    if (changes === undefined) throw damaged(savepoint.name, batchTime)
    return { batchTime, sizeBytes, object: await copies.put(fromBase64(changes)) }
  })
  const snapshots = await inTurns(savepoint.manifest.state.snapshots, async (ref) => copies.within(ref))
  const { unfinished: _, ...state } = savepoint.manifest.state
  return { ...state, snapshots, changelogs }
}

/** Copies objects of one checkpoint into another. */
class Copies {
  readonly #runtime: Runtime
  readonly #attempt: Attempt
  readonly #from: ObjectStore
  readonly #id: string
  #count = 0

  constructor(runtime: Runtime, attempt: Attempt, from: ObjectStore) {
    this.#runtime = runtime
    this.#attempt = attempt
    this.#from = from
    this.#id = runtime.uniqueId()
  }

  async copy(ref: ObjectRef): Promise<ObjectRef> {
    const key = this.#key()
    await this.#runtime.checkpoint.copy({ store: this.#from, key: ref.key }, key)
    return { ...ref, key }
  }

  put(bytes: Uint8Array): Promise<ObjectRef> {
    return putObject(this.#runtime.checkpoint, this.#key(), bytes)
  }

  /** The record with every object that it names, at whatever depth, copied. */
  async within<T>(record: T): Promise<T> {
    if (typeof record !== 'object' || record === null) return record
    if (isObjectRef(record)) return { ...record, ...(await this.copy(record)) }
    if (Array.isArray(record)) return (await inTurns(record, (item) => this.within(item))) as T
    const entries = Object.entries(record).map(async ([field, value]) => [field, await this.within(value)] as const)
    return Object.fromEntries(await allDone(entries)) as T
  }

  #key(): string {
    return copiedKey(this.#runtime.app, this.#attempt, this.#id, this.#count++)
  }
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += WIDTH) {
    results.push(...(await allDone(items.slice(start, start + WIDTH).map(work))))
  }
  return results
}

function exists({ app, register }: Runtime): SluiceError {
  return new SluiceError({
    code: 'checkpoint-exists',
    kind: 'invalid',
    message: `There is a checkpoint of ${app} already, and a savepoint never takes the place of one; choose another directory: ${register.url}`,
  })
}

function deletedMeanwhile(name: string): SluiceError {
  return new SluiceError({
    code: 'savepoint-not-found',
    kind: 'invalid',
    message: `The savepoint was deleted while its state was copied; nothing has begun with it. Choose another one: ${name}`,
  })
}

function damaged(name: string, batchTime: number): SluiceError {
  return new SluiceError({
    code: 'savepoint-damaged',
    kind: 'data',
    message: `The savepoint lacks the changes of a batch that its state needs; use another one: ${name}, batch ${batchTime} ms`,
  })
}

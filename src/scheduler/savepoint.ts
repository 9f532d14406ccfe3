import type { BatchTime } from '../checkpoint/attempt.ts'
import { decodeSavepoint } from '../checkpoint/decode-record.ts'
import type { Head, Pin } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { savepointKey } from '../checkpoint/names.ts'
import { nameTaken, pinned, refuseTooMany, unpinned } from '../checkpoint/operator-acts.ts'
import type { Savepoint } from '../checkpoint/savepoint.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { allDone } from '../util/all-done.ts'
import { base64 } from '../util/base64.ts'
import { SluiceError } from '../util/errors.ts'
import { committedManifest } from './committed-manifest.ts'
import { FoundManifests } from './found-manifests.ts'
import { type IsNamed, unlessGone } from './given-up.ts'
import { InlineChanges } from './inline-changes.ts'
import type { Invocation } from './invocation.ts'
import { noCheckpoint, operatorAct, overtaken } from './operator-act.ts'
import { retainedBatch } from './past-batch.ts'
import { publishCommitted } from './publish.ts'
import type { Runtime } from './runtime.ts'
import { load, putObject } from './stored.ts'

/** A savepoint, for people and programs. */
export interface SavepointInfo {
  readonly name: string
  /** The last batch whose changes are in it. */
  readonly batchTime: BatchTime
  readonly incarnation: number
  readonly createdMs: number
}

export interface SavepointRequest {
  readonly name: string
  /** Which retained batch; by default the last one. */
  readonly batchTime?: BatchTime
  readonly signal: AbortSignal
}

/**
 * Pins a committed batch under a name: what its state is made of stays until the savepoint is deleted. The pin is in the head,
 * so no collection can miss it (`pin-in-head`). Rejects a name that is taken (code `savepoint-exists`), a batch that is
 * no longer retained (`batch-not-found`, `below-boundary`), and one savepoint too many (`too-many-savepoints`).
 */
export async function createSavepoint(runtime: Runtime, request: SavepointRequest): Promise<SavepointInfo> {
  const name = checkName(request.name)
  return operatorAct(runtime, {
    signal: request.signal,
    check: ({ head: { head } }) => {
      if (head.pins.some((pin) => pin.name === name)) throw nameTaken(name)
      refuseTooMany(head)
      if (head.committed === undefined) throw nothingCommitted(runtime)
    },
    act: (run) => pin(run, name, request.batchTime),
  })
}

/** The savepoints of an application, the oldest first. */
export async function listSavepoints({ register, checkpoint, app }: Place): Promise<SavepointInfo[]> {
  const head = await register.read(app)
  if (head === undefined) throw noCheckpoint({ app, register })
  const found = await allDone(
    head.pins.map((pin) => unlessGone({ app, register }, isPinned(pin), readSavepoint(checkpoint, pin))),
  )
  return found.filter((savepoint) => savepoint !== undefined).map(infoOf)
}

export function isPinned({ ref }: Pin): IsNamed {
  return ({ pins }) => pins.some((pin) => pin.ref.key === ref.key)
}

/** Takes a savepoint away. What only it needed goes with the next collection. Rejects with code `savepoint-not-found`. */
export async function deleteSavepoint(
  runtime: Runtime,
  { name, signal }: Omit<SavepointRequest, 'batchTime'>,
): Promise<void> {
  await operatorAct(runtime, {
    signal,
    check: ({ head: { head } }) => void pinOf(head, name),
    act: async (run) => {
      pinOf(run.head.head, name)
      if ((await run.head.swap((head) => unpinned(head, name))) === 'fenced') throw overtaken(runtime, 'delete it')
    },
  })
}

/** A savepoint as it was made. */
export async function readSavepoint(objects: ObjectStore, { ref }: Pin): Promise<Savepoint> {
  return load(objects, { kind: 'object', ref }, decodeSavepoint)
}

type Place = Pick<Runtime, 'app' | 'register' | 'checkpoint'>

async function pin(run: Invocation, name: string, batchTime: BatchTime | undefined): Promise<SavepointInfo> {
  const { runtime } = run
  const manifest = await manifestToPin(run, batchTime)
  const { head } = run.head
  const savepoint: Savepoint = {
    formatVersion: 1,
    app: runtime.app,
    name,
    createdMs: runtime.clock.now(),
    zeroTime: head.zeroTime,
    batchIntervalMs: head.batchIntervalMs,
    manifest,
    inlineChanges: await inlineChangesOf(runtime, head, manifest),
  }
  const { attempt } = manifest
  const key = savepointKey(runtime.app, { ...attempt, token: head.token, number: ++run.attempts })
  const ref = await putObject(runtime.checkpoint, key, new TextEncoder().encode(JSON.stringify(savepoint)))
  const made = { name, batchTime: attempt.batchTime, token: attempt.token, ref }
  if ((await run.head.swap((head) => pinned(head, made))) === 'fenced') throw overtaken(runtime, 'make the savepoint')
  return infoOf(savepoint)
}

/** What is pinned is visible first: nobody publishes it once another checkpoint has begun with it. */
async function manifestToPin(run: Invocation, batchTime: BatchTime | undefined): Promise<Manifest> {
  const { runtime } = run
  const { committed } = run.head.head
  if (committed === undefined) throw nothingCommitted(runtime)
  await publishCommitted(run, committed, { redo: true })
  const { head } = run.head
  if (batchTime === undefined) return committedManifest(runtime, committed)
  const manifest = await retainedBatch(runtime, head, batchTime)
  if (manifest.attempt.incarnation !== head.incarnation) throw beforeReset(batchTime)
  return manifest
}

async function inlineChangesOf(
  { checkpoint }: Runtime,
  head: Head,
  manifest: Manifest,
): Promise<Savepoint['inlineChanges']> {
  const inline = new InlineChanges(new FoundManifests(checkpoint, head), manifest)
  const times = manifest.state.changelogs.filter(({ object }) => object === undefined).map(({ batchTime }) => batchTime)
  return Object.fromEntries(await allDone(times.map(async (time) => [time, base64(await inline.of(time))] as const)))
}

function infoOf({ name, createdMs, manifest: { attempt } }: Savepoint): SavepointInfo {
  return { name, batchTime: attempt.batchTime, incarnation: attempt.incarnation, createdMs }
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw new SluiceError({
    code: 'bad-savepoint-name',
    kind: 'invalid',
    message: `A savepoint's name has 1 to 64 letters, digits, '.', '_' or '-' and begins with a letter or digit: '${name}'`,
  })
}

/** Where a savepoint is. Rejects with code `savepoint-not-found`. */
export function pinOf({ app, pins }: Head, name: string): Pin {
  const pin = pins.find((candidate) => candidate.name === name)
  if (pin !== undefined) return pin
  const others = pins.length === 0 ? 'it has none' : `it has ${pins.map((other) => other.name).join(', ')}`
  throw new SluiceError({
    code: 'savepoint-not-found',
    kind: 'invalid',
    message: `There is no savepoint of this name of ${app}; ${others}: ${name}`,
  })
}

function nothingCommitted({ app }: Runtime): SluiceError {
  return new SluiceError({
    code: 'nothing-committed',
    kind: 'invalid',
    message: `No batch of ${app} is committed yet, so there is nothing to make a savepoint of; run it first`,
  })
}

function beforeReset(batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'before-reset',
    kind: 'invalid',
    message: `This batch was committed before the application was reset, and a savepoint can only be made of one since: ${batchTime} ms`,
  })
}

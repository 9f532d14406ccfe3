import { SluiceError } from '../util/errors.ts'
import type { AppId, Attempt, Token } from './attempt.ts'

/**
 * The one place that formats object names below a checkpoint. Everything an attempt writes carries its incarnation, token,
 * batch time and number, so that one name has one content for ever (P3); digits are padded, so that order by name is order
 * by token.
 *
 *     <app>/i000001/t000000000042/b000001700000000000-01/changelog
 */
const DIGITS = { incarnation: 6, token: 12, batchTime: 18, number: 2, partition: 5, block: 12 } as const

export function attemptPrefix(app: AppId, attempt: Attempt): string {
  const { incarnation, token, batchTime, number } = attempt
  const time = `b${pad(batchTime, DIGITS.batchTime)}-${pad(number, DIGITS.number)}`
  return `${appPrefix(app)}/i${pad(incarnation, DIGITS.incarnation)}/t${pad(token, DIGITS.token)}/${time}`
}

/** Below it lies whatever an application has in its checkpoint. */
export function applicationPrefix(app: AppId): string {
  return `${appPrefix(app)}/`
}

/** Below it lies whatever attempts wrote, in the order of their tokens. */
export function attemptsPrefix(app: AppId): string {
  return `${appPrefix(app)}/i`
}

const ATTEMPT_OBJECT = /^([^/]+)\/i(\d+)\/t(\d+)\/b(\d+)-(\d+)\/./

/** Whose object a name of this form is; `undefined` for a name of any other. */
export function attemptOf(key: string): Attempt | undefined {
  const [, , incarnation, token, batchTime, number] = ATTEMPT_OBJECT.exec(key) ?? []
  if (incarnation === undefined) return undefined
  return {
    incarnation: Number(incarnation),
    batchTime: Number(batchTime),
    token: Number(token) as Token,
    number: Number(number),
  }
}

export function planKey(app: AppId, attempt: Attempt): string {
  return `${attemptPrefix(app, attempt)}/plan`
}

export function manifestKey(app: AppId, attempt: Attempt): string {
  return `${attemptPrefix(app, attempt)}/manifest`
}

export function historyKey(app: AppId, attempt: Attempt): string {
  return `${attemptPrefix(app, attempt)}/history`
}

export function changelogKey(app: AppId, attempt: Attempt): string {
  return `${attemptPrefix(app, attempt)}/changelog`
}

/** What several changelogs were merged to by this attempt. */
export function mergedChangelogKey(app: AppId, attempt: Attempt): string {
  return `${attemptPrefix(app, attempt)}/merged-changelog`
}

export function snapshotKey(app: AppId, attempt: Attempt, operator: string, partition: number): string {
  return `${attemptPrefix(app, attempt)}/snapshot/${segment(operator)}/${pad(partition, DIGITS.partition)}`
}

/** The bad records of one stream; with a number, the range that is this partition of it and cannot be decoded. */
export function deadLettersKey(app: AppId, attempt: Attempt, streamUid: string, partition?: number): string {
  const records = `${attemptPrefix(app, attempt)}/dead-letters/${segment(streamUid)}`
  return partition === undefined ? records : `${records}/${pad(partition, DIGITS.partition)}`
}

const RANGE_LETTER = /\/dead-letters\/[^/]+\/\d+$/

/** Whether an object of dead letters is of one whole partition, which is elsewhere. */
export function isRangeLetterKey(key: string): boolean {
  return RANGE_LETTER.test(key)
}

/** The list of all that are open. */
export function deadLetterBoxKey(app: AppId, attempt: Attempt): string {
  return `${attemptPrefix(app, attempt)}/dead-letter-box`
}

export function savepointKey(app: AppId, attempt: Attempt): string {
  return `${attemptPrefix(app, attempt)}/savepoint`
}

/** An object of another checkpoint that one begins with. Who else begins this one at the same time has another `id`. */
export function copiedKey(app: AppId, attempt: Attempt, id: string, index: number): string {
  return `${attemptPrefix(app, attempt)}/from/${segment(id)}/${index}`
}

export function stagedKey(app: AppId, attempt: Attempt, output: string, file: string): string {
  return `${attemptPrefix(app, attempt)}/output/${segment(output)}/${segment(file)}`
}

/** All blocks that any input stream was given. */
export function allBlocksPrefix(app: AppId): string {
  return `${appPrefix(app)}/blocks/`
}

/** All blocks that an input stream was given. */
export function blocksPrefix(app: AppId, streamUid: string): string {
  return `${allBlocksPrefix(app)}${segment(streamUid)}/`
}

/** A block that arrived before any batch was there to name it: the session of its receiver makes it the only one. */
export interface BlockName {
  readonly session: string
  /** Counted within the session. */
  readonly number: number
  /** Absent where blocks are not looked into. */
  readonly records?: number | undefined
}

export function blockKey(app: AppId, streamUid: string, { session, number, records }: BlockName): string {
  return `${blocksPrefix(app, streamUid)}${segment(session)}/${pad(number, DIGITS.block)}-${records ?? 'x'}`
}

/** What `blockKey` made, `undefined` for a name of any other form. */
export function blockName(key: string): BlockName | undefined {
  const [, written = '', number, records] = /\/([^/]+)\/(\d{1,15})-(\d{1,15}|x)$/.exec(key) ?? []
  const session = textOf(written)
  if (number === undefined || session === undefined) return undefined
  const counted = records === 'x' ? {} : { records: Number(records) }
  return { session, number: Number(number), ...counted }
}

/** What sessions begin with whose blocks were computed for a plan: no receiver reads those, whatever the stream was before. */
export const COMPUTED = 'computed-'

/** The stream that was given this block; `undefined` for a name of any other form. */
export function streamOfBlock(key: string): string | undefined {
  const [, stream] = /^[^/]+\/blocks\/([^/]+)\/[^/]+\/[^/]+$/.exec(key) ?? []
  return stream === undefined ? undefined : textOf(stream)
}

/** All that replays wrote. */
export function shadowsPrefix(app: AppId): string {
  return `${appPrefix(app)}/shadow/`
}

/** Shadows that collection deletes in the end; the others were to be kept. */
export function passingShadowsPrefix(app: AppId): string {
  return `${shadowsPrefix(app)}passing/`
}

/** Who writes a shadow, and whether it is to stay until somebody deletes it. */
export interface ReplayName {
  readonly id: string
  readonly keep: boolean
}

/**
 * Where one replay writes for one batch, and nothing else ever does (`shadow-per-replay`). What a range wrote lies together, as it
 * goes together (`shadows-end`).
 */
export function shadowPrefix(app: AppId, batchTime: number, { id, keep }: ReplayName): string {
  const above = keep ? `${shadowsPrefix(app)}kept/` : passingShadowsPrefix(app)
  return `${above}${segment(id)}/b${pad(batchTime, DIGITS.batchTime)}`
}

/** What all names begin with that the replay has written in whose passing shadow an object lies; `undefined` for other names. */
export function replayFolder(key: string): string | undefined {
  return /^[^/]+\/shadow\/passing\/[^/]+\/(?=b\d+\/.)/.exec(key)?.[0]
}

/** Whether an object lies in a passing shadow of the replay with this id. */
export function isShadowOf(key: string, id: string): boolean {
  return replayFolder(key)?.endsWith(`/passing/${segment(id)}/`) === true
}

export function shadowKey(prefix: string, output: string, file: string): string {
  return `${prefix}/${segment(output)}/${segment(file)}`
}

/** State that a replay hands on to the next batch of its range. No output is called what this begins with. */
export function shadowStateKey(prefix: string, file: string): string {
  return `${prefix}/%state/${segment(file)}`
}

/** A head that is kept as a file lies in the same folder (`local/stores/file-head-register.ts`). */
const HEAD_FILE = /^[^/]+\/head\.\d{16}$/

/** Whether a name is of a form that something here makes and that tells no attempt. What replays write has any. */
export function isHeadOrBlock(key: string): boolean {
  return HEAD_FILE.test(key) || (streamOfBlock(key) !== undefined && blockName(key) !== undefined)
}

const APP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** Refuses application names that cannot be part of an object's name on every store. */
export function checkAppId(app: string): AppId {
  if (APP_NAME.test(app)) return app
  throw new SluiceError({
    code: 'bad-application-name',
    kind: 'invalid',
    message: `An application's name has 1 to 128 letters, digits, '.', '_' or '-' and begins with a letter or digit: '${app}'`,
  })
}

function appPrefix(app: AppId): string {
  return checkAppId(app)
}

/** What stands for itself in names, as nearly every name of an operator or output does. */
const PLAIN = /^[\w-]+$/

/** One path segment of any text: what has a meaning in names is percent-encoded. */
function segment(text: string): string {
  if (PLAIN.test(text)) return text
  return encodeURIComponent(text).replaceAll('.', '%2E').replaceAll('*', '%2A') || '%'
}

/** What `segment` was given, if it can have made this: others may put what they like beside what is ours. */
function textOf(written: string): string | undefined {
  if (written === '%') return ''
  try {
    return decodeURIComponent(written)
  } catch {
    return undefined
  }
}

function pad(value: number, digits: number): string {
  if (Number.isSafeInteger(value) && value >= 0) return String(value).padStart(digits, '0')
  throw new SluiceError({
    code: 'bad-name-number',
    kind: 'internal',
    message: `Internal: not a number for a name: ${value}`,
  })
}

import type { BeginRequest } from '../scheduler/begin-from.ts'
import type { LetterChoice } from '../scheduler/dead-letters/list-letters.ts'
import type { StateRequest } from '../scheduler/inspect-state.ts'
import type { BatchRange } from '../scheduler/past-batch.ts'
import type { ReplayOptions, ReplayRequest } from '../scheduler/replay.ts'
import type { ResetRequest } from '../scheduler/reset.ts'
import type { SavepointRequest } from '../scheduler/savepoint.ts'
import type { VerifyRequest } from '../scheduler/verify.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'

/** How an act may be stopped: what it was about to change stays as it is. */
export interface ActOptions {
  readonly signal?: AbortSignal
}

/** How many ranges of a stream, and changes of an operator, are shown at most. */
export interface InspectOptions {
  readonly limit?: number
}

/** How many of the last batches are run again. */
export interface ComparisonOptions extends ActOptions {
  readonly batches?: number
}

/** Of which batch a savepoint is; by default of the last one. */
export type SavepointOptions = Pick<SavepointRequest, 'batchTime'> & ActOptions
/** What the copy is told apart by outside; by default one more than the original has had. */
export type BeginOptions = Pick<BeginRequest, 'incarnation'> & ActOptions
/** How thoroughly to look, and whether to mend what can be mended. */
export type VerifyOptions = Omit<VerifyRequest, 'signal'> & ActOptions
/** Why an application begins anew, and with what. */
export type ResetOptions = Omit<ResetRequest, 'signal'> & ActOptions

const FROM_UNTIL = { from: true, until: true, signal: true } as const
const REPLAYED = { withForeachRDD: true, keep: true, signal: true } as const

export const ACT: OptionsForm<ActOptions> = { example: '{ signal: controller.signal }', names: { signal: true } }
export const INSPECT: OptionsForm<InspectOptions> = { example: '{ limit: 50 }', names: { limit: true } }
export const INSPECT_STATE: OptionsForm<Omit<StateRequest, 'batchTime'>> = {
  example: "{ operator: 'counts', key: 'the' }",
  names: { operator: true, key: true, limit: true },
}
export const REPLAY: OptionsForm<Partial<ReplayOptions>> = { example: '{ keep: true }', names: REPLAYED }
export const REPLAY_RANGE: OptionsForm<Partial<ReplayRequest>> = {
  example: '{ from: 60_000, carryState: true }',
  names: { ...REPLAYED, ...FROM_UNTIL, carryState: true },
}
export const PUBLISH: OptionsForm<BatchRange & ActOptions> = { example: '{ from: 60_000 }', names: FROM_UNTIL }
export const COMPARE: OptionsForm<ComparisonOptions> = {
  example: '{ batches: 20 }',
  names: { batches: true, signal: true },
}
export const LETTERS: OptionsForm<LetterChoice> = {
  example: "{ stream: 'orders' }",
  names: { batchTime: true, stream: true },
}
export const SETTLE: OptionsForm<LetterChoice & ActOptions> = { ...LETTERS, names: { ...LETTERS.names, signal: true } }
export const VERIFY: OptionsForm<VerifyOptions> = {
  example: '{ quick: true }',
  names: { quick: true, repair: true, signal: true },
}
export const SAVEPOINT: OptionsForm<SavepointOptions> = {
  example: '{ batchTime: 60_000 }',
  names: { batchTime: true, signal: true },
}
export const BEGIN: OptionsForm<BeginOptions> = {
  example: '{ incarnation: 3 }',
  names: { incarnation: true, signal: true },
}
export const RESET: OptionsForm<ResetOptions> = {
  example: "{ reason: 'counted twice' }",
  names: { reason: true, keepPositions: true, startMs: true, signal: true },
}

/** What an act is told, with a signal. Refuses options that there are none of, with code `bad-option`. */
export function actOptions<O extends ActOptions>(
  options: O,
  act: string,
  form: OptionsForm<NoInfer<O>>,
): O & { readonly signal: AbortSignal } {
  const { signal = new AbortController().signal } = optionObject(options, act, form)
  return { ...options, signal }
}

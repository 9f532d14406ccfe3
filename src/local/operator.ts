import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Application } from '../dstream/define-app.ts'
import type { BatchReport } from '../scheduler/batch-report.ts'
import { beginFromSavepoint } from '../scheduler/begin-from.ts'
import { collect } from '../scheduler/collect.ts'
import type { CollectionReport } from '../scheduler/collection.ts'
import { createRuntime, type Environment } from '../scheduler/create-runtime.ts'
import type { DeadLetter } from '../scheduler/dead-letters/dead-letter.ts'
import { type LetterChoice, type LetterList, listLetters, showLetters } from '../scheduler/dead-letters/list-letters.ts'
import { dropLetters, retryLetters } from '../scheduler/dead-letters/settle-letters.ts'
import { compareWithPublished, foreseeUpgrade, type UpgradeForecast } from '../scheduler/foresee-upgrade.ts'
import { type BatchInspection, inspectBatch } from '../scheduler/inspect.ts'
import { inspectState, type StateInspection, type StateRequest } from '../scheduler/inspect-state.ts'
import type { BatchRange } from '../scheduler/past-batch.ts'
import { type PublishReport, publishAgain } from '../scheduler/publish-again.ts'
import {
  type ReplayOptions,
  type ReplayReport,
  type ReplayRequest,
  replayBatch,
  replayBatches,
} from '../scheduler/replay.ts'
import { type ResetReport, resetApplication } from '../scheduler/reset.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { createSavepoint, deleteSavepoint, listSavepoints, type SavepointInfo } from '../scheduler/savepoint.ts'
import { skipBatch } from '../scheduler/skip.ts'
import { type VerifyReport, verifyCheckpoint } from '../scheduler/verify.ts'
import { optionObject } from '../util/option-object.ts'
import {
  ACT,
  type ActOptions,
  actOptions,
  BEGIN,
  type BeginOptions,
  COMPARE,
  type ComparisonOptions,
  INSPECT,
  INSPECT_STATE,
  type InspectOptions,
  LETTERS,
  PUBLISH,
  REPLAY,
  REPLAY_RANGE,
  RESET,
  type ResetOptions,
  SAVEPOINT,
  type SavepointOptions,
  SETTLE,
  VERIFY,
  type VerifyOptions,
} from './act-options.ts'

/**
 * What is done by hand to an application and its checkpoint, as the commands of `sluice` do it. What changes something takes
 * the application from whoever runs it for as long as it lasts; a batch that is under way is run again. Options that there are
 * none of are refused with code `bad-option`.
 *
 * @example
 * ```ts
 * const params = { in: 'data/in', out: 'data/kept' }
 * const here = localEnvironment({ checkpoint: 'data/operated', log: consoleLog({ level: 'warn' }) })
 * await runApplication(wordCount, { params, untilIdle: true, start: 0 }, here)
 * const operator = new Operator(wordCount, params, here)
 *
 * const { committed } = await operator.inspect(60_000)
 * committed?.report.outputs.length // 1
 * const { tables } = await operator.inspectState(60_000, { operator: 'source:textFileStream' })
 * tables.map(({ table }) => table) // ['source:textFileStream']
 * const { equal } = await operator.replay(60_000)
 * equal // true
 * for await (const { whole } of operator.publishAgain({ from: 60_000 })) console.log(whole)
 * for await (const { equal } of operator.replayRange({ until: 60_000, carryState: true })) console.log(equal)
 * const { fits } = await operator.foreseeUpgrade()
 * fits // true
 * for await (const { equal } of operator.compareWithPublished({ batches: 10 })) console.log(equal)
 * const { sound } = await operator.verify()
 * sound // true
 *
 * await operator.createSavepoint('first')
 * const copy = localEnvironment({ checkpoint: 'data/copied', log: consoleLog({ level: 'warn' }) })
 * const { batchTime } = await new Operator(wordCount, { ...params, out: 'data/copy' }, copy).beginFrom(here, 'first')
 * batchTime // 60000
 * await operator.deleteSavepoint('first')
 * await operator.savepoints() // []
 *
 * const { open } = await operator.deadLetters()
 * open // []
 * for await (const { payload } of operator.showDeadLetters()) console.log(payload)
 * await operator.retryDeadLetters({ batchTime: 60_000 }) // throws 'no-dead-letters'
 * await operator.dropDeadLetters('test data') // throws 'no-dead-letters'
 *
 * await operator.skip(120_000, 'a broken file') // throws 'batch-not-planned'
 * const { incarnation } = await operator.reset({ reason: 'counted twice', startMs: 60_000 })
 * incarnation // 2
 * const { cutOff } = await operator.collect()
 * cutOff // false
 * ```
 */
export class Operator {
  readonly #runtime: Runtime

  /** Makes no call. Rejects parameters and graphs that cannot run, as a run would. */
  constructor(app: Application, params: unknown, environment: Environment) {
    this.#runtime = createRuntime(app, params, environment)
  }

  /** What a batch read, changed and wrote; at most `limit` ranges of a stream and changes of an operator, 20 by default. */
  async inspect(batchTime: BatchTime, options: InspectOptions = {}): Promise<BatchInspection> {
    const { limit = 20 } = optionObject(options, 'inspect', INSPECT)
    return inspectBatch(this.#runtime, { batchTime, limit })
  }

  /** The state of an operator as it was after a batch: of one key, or the first entries of all. */
  async inspectState(batchTime: BatchTime, request: Omit<StateRequest, 'batchTime'>): Promise<StateInspection> {
    return inspectState(this.#runtime, { ...optionObject(request, 'inspectState', INSPECT_STATE), batchTime })
  }

  /** Runs a committed batch again under names of its own, and compares the bytes. */
  async replay(batchTime: BatchTime, options: Partial<ReplayOptions> = {}): Promise<ReplayReport> {
    return replayBatch(this.#runtime, batchTime, actOptions(options, 'replay', REPLAY))
  }

  /** The same for the retained batches of a range, both ends inclusive, one after the other. */
  replayRange(range: Partial<ReplayRequest> = {}): AsyncIterable<ReplayReport> {
    return replayBatches(this.#runtime, actOptions(range, 'replayRange', REPLAY_RANGE))
  }

  /** Publishes what is missing or was changed of a range's outputs again, from the committed bytes. */
  publishAgain(range: BatchRange & ActOptions = {}): AsyncIterable<PublishReport> {
    return publishAgain(this.#runtime, actOptions(range, 'publishAgain', PUBLISH))
  }

  /** What would become of state, positions and outputs if the application, as it is now, went on from the checkpoint. */
  async foreseeUpgrade(): Promise<UpgradeForecast> {
    return foreseeUpgrade(this.#runtime)
  }

  /** Runs the last batches again, 10 by default, on the state that this application makes, and compares what it puts out. */
  compareWithPublished(options: ComparisonOptions = {}): AsyncIterable<ReplayReport> {
    return compareWithPublished(this.#runtime, {
      ...actOptions(options, 'compareWithPublished', COMPARE),
      batches: options.batches ?? 10,
    })
  }

  /** Gives up the batch that is planned, on the record. */
  async skip(batchTime: BatchTime, reason: string, options: ActOptions = {}): Promise<BatchReport> {
    return skipBatch(this.#runtime, { batchTime, reason, ...actOptions(options, 'skip', ACT) })
  }

  /** Counts the bad records that batches set apart, by batch, stream and error. */
  async deadLetters(choice: LetterChoice = {}): Promise<LetterList> {
    return listLetters(this.#runtime, optionObject(choice, 'deadLetters', LETTERS))
  }

  /** Those records, the oldest first, each with its error and place. */
  showDeadLetters(choice: LetterChoice = {}): AsyncIterable<DeadLetter> {
    return showLetters(this.#runtime, optionObject(choice, 'showDeadLetters', LETTERS))
  }

  /**
   * Has the next batch of their stream read them again, once; resolves to how many records that are. Those of streams that the
   * application no longer has are left; rejects with code `unknown-input` if all are.
   */
  async retryDeadLetters(choice: LetterChoice & ActOptions = {}): Promise<number> {
    const { settled } = await retryLetters(this.#runtime, actOptions(choice, 'retryDeadLetters', SETTLE))
    return recordsOf(settled)
  }

  /** Gives them up for good, on the record; resolves to how many records that were. */
  async dropDeadLetters(reason: string, choice: LetterChoice & ActOptions = {}): Promise<number> {
    return recordsOf(await dropLetters(this.#runtime, { ...actOptions(choice, 'dropDeadLetters', SETTLE), reason }))
  }

  /** Audits everything that was committed and published; with `repair`, mends what can be mended. */
  async verify(request: VerifyOptions = {}): Promise<VerifyReport> {
    return verifyCheckpoint(this.#runtime, actOptions(request, 'verify', VERIFY))
  }

  /** Deletes what no retained batch, savepoint or unpublished output needs. */
  async collect(options: ActOptions = {}): Promise<CollectionReport> {
    return collect(this.#runtime, actOptions(options, 'collect', ACT))
  }

  /** Keeps the last batch, or another retained one, under a name until it is deleted. */
  async createSavepoint(name: string, options: SavepointOptions = {}): Promise<SavepointInfo> {
    return createSavepoint(this.#runtime, { ...actOptions(options, 'createSavepoint', SAVEPOINT), name })
  }

  /** The savepoints, the oldest first. */
  async savepoints(): Promise<SavepointInfo[]> {
    return listSavepoints(this.#runtime)
  }

  /** Lets go of a savepoint. */
  async deleteSavepoint(name: string, options: ActOptions = {}): Promise<void> {
    await deleteSavepoint(this.#runtime, { name, ...actOptions(options, 'deleteSavepoint', ACT) })
  }

  /** Begins this checkpoint, which must not exist yet, with a savepoint of the same application elsewhere. */
  async beginFrom(
    from: Pick<Environment, 'register' | 'checkpoint'>,
    name: string,
    options: BeginOptions = {},
  ): Promise<SavepointInfo> {
    return beginFromSavepoint(this.#runtime, { from, name, ...actOptions(options, 'beginFrom', BEGIN) })
  }

  /** Lets the application begin anew, without its state, on the record. */
  async reset(request: ResetOptions): Promise<ResetReport> {
    return resetApplication(this.#runtime, actOptions(request, 'reset', RESET))
  }
}

function recordsOf(letters: readonly { readonly records: number }[]): number {
  return letters.reduce((sum, { records }) => sum + records, 0)
}

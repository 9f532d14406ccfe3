import { sameAttempt } from '../../../src/checkpoint/attempt.ts'
import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest, StagedFile } from '../../../src/checkpoint/manifest.ts'
import type { Stored } from '../../../src/checkpoint/stored.ts'
import { MemoryHeadRegister } from '../../../src/local/stores/memory-head-register.ts'
import { MemoryKeyedStore } from '../../../src/local/stores/memory-keyed-store.ts'
import type { ReplayReport } from '../../../src/scheduler/replay.ts'
import type { VerifyReport } from '../../../src/scheduler/verify.ts'
import { messageOf } from '../../../src/util/errors.ts'
import { allCheckers, type SharedCheckers, sharedCheckers } from '../checkers/all-checkers.ts'
import type { AuditedWhen, Checker, EffectAct, Foreseen, KeyedAct, Rerun, Violate } from '../checkers/checker.ts'
import type { KnownThen } from '../checkers/known.ts'
import { Oracle } from '../oracle/oracle.ts'
import { Chance } from './chance.ts'
import type { Content } from './content.ts'
import { Deployments } from './deployments.ts'
import { Disk } from './disk.ts'
import { Faults } from './faults.ts'
import { Folder } from './folder.ts'
import { Handouts } from './handouts.ts'
import { type Message, MessageQueue } from './message-queue.ts'
import { Place, type PlaceWatcher } from './place.ts'
import { type Scenario, scenarioOf } from './scenario.ts'
import { SimLog } from './sim-log.ts'
import type { SimProcess } from './sim-process.ts'
import { CHECKPOINT, INPUT, OUTPUT } from './site-of.ts'
import { Sites } from './sites.ts'
import { Timeline } from './timeline.ts'
import { Trace } from './trace.ts'

export interface Violation {
  readonly rule: string
  readonly message: string
  readonly atMs: number
}

/** When the true time begins: some time after the epoch, so that clocks can be behind. */
const START_MS = 1_000_000_000_000

/** Everything that outlives processes, and everybody who watches it. */
export class SimWorld implements PlaceWatcher {
  /** Whose savepoint this one begins with; what is outside of applications is the same for both. */
  readonly origin: SimWorld | undefined
  readonly scenario: Scenario
  readonly timeline: Timeline
  readonly chance: Chance
  readonly readerChance: Chance
  readonly faults: Faults
  readonly sites: Sites
  readonly disk: Disk
  readonly keyed: MemoryKeyedStore
  readonly queue: MessageQueue
  readonly handouts: Handouts
  readonly logs: readonly SimLog[]
  /** All that input files ever held, by URL and ETag. */
  readonly inputs: Map<string, string>
  /** Who drew which owner name. */
  readonly owners: Map<string, SimProcess>
  readonly violations: Violation[]
  readonly violate: Violate
  readonly deployments: Deployments
  readonly register = new MemoryHeadRegister()
  readonly places = new Map<string, Place>()
  readonly checkpoint: Place
  head: Head | undefined
  /** Z of the grid, as the first invocation is told. */
  readonly zeroTime = START_MS
  batches = 0
  #lateUntilMs = START_MS
  /** What was committed last, as an independent evaluation of everything knows it. */
  oracle: Oracle
  /** What was known when the batch of each savepoint was committed, by its name. */
  readonly savepoints = new Map<string, KnownThen>()
  /** The incarnation that there was when somebody first began another checkpoint with a savepoint of this one. */
  copiedSince = 0
  readonly shared: SharedCheckers
  #copy: SimWorld | undefined
  readonly #tell: ((line: string) => void) | undefined
  readonly #trace: Trace
  readonly #checkers: readonly Checker[]
  /** Those who hear of what happens all the time. */
  readonly #watchers: Readonly<Record<'headChanged' | 'objectChanged' | 'committed', readonly Checker[]>>

  constructor(seed: number, tell?: (line: string) => void, origin?: SimWorld) {
    this.origin = origin
    this.#tell = tell
    this.#trace = origin === undefined ? new Trace() : origin.#trace
    this.scenario = origin?.scenario ?? scenarioOf(seed)
    this.oracle = new Oracle(this.scenario.app)
    this.timeline = origin?.timeline ?? new Timeline(START_MS)
    this.deployments = origin?.deployments ?? new Deployments(this.scenario.app, seed)
    this.chance = origin?.chance ?? new Chance(seed, 3)
    this.readerChance = origin?.readerChance ?? new Chance(seed, 4)
    this.faults = origin?.faults ?? new Faults(seed, this.scenario.app)
    this.sites = origin?.sites ?? new Sites()
    this.disk = origin?.disk ?? new Disk(this)
    this.keyed = origin?.keyed ?? new MemoryKeyedStore()
    this.queue = origin?.queue ?? new MessageQueue()
    this.handouts = origin?.handouts ?? new Handouts(this.scenario)
    this.logs = origin?.logs ?? [0, 1].map(() => new SimLog(this.scenario.logPartitions))
    this.inputs = origin?.inputs ?? new Map()
    this.owners = origin?.owners ?? new Map()
    this.violations = origin?.violations ?? []
    this.violate = (rule, message) => void this.violations.push({ rule, message, atMs: this.timeline.nowMs - START_MS })
    this.checkpoint = this.place(CHECKPOINT)
    this.shared = origin?.shared ?? sharedCheckers(this)
    this.#checkers = allCheckers(this)
    this.#watchers = {
      headChanged: this.#checkers.filter(({ headChanged }) => headChanged !== undefined),
      objectChanged: this.#checkers.filter(({ objectChanged }) => objectChanged !== undefined),
      committed: this.#checkers.filter(({ committed }) => committed !== undefined),
    }
  }

  /** When the last of the requests has arrived that were delayed, and all data is there again. */
  get lateUntilMs(): number {
    return this.#lateUntilMs
  }

  lateUntil(ms: number): void {
    this.#lateUntilMs = Math.max(this.#lateUntilMs, ms)
  }

  /** Where the application goes on: here, until another checkpoint has begun with a savepoint of this one. */
  get current(): SimWorld {
    return this.#copy?.head === undefined ? this : this.#copy
  }

  /** Another place for the application, where no checkpoint is yet. */
  elsewhere(): SimWorld {
    this.#copy ??= this.#another()
    return this.#copy
  }

  #another(): SimWorld {
    this.copiedSince = this.head?.incarnation ?? 0
    return new SimWorld(this.scenario.seed, this.#tell, this)
  }

  /** Whoever is still about to begin elsewhere does not count. */
  settle(): void {
    if (this.#copy?.head === undefined) this.#copy = undefined
  }

  place(url: string): Place {
    if (this.origin !== undefined && url.startsWith(INPUT)) return this.origin.place(url)
    const known = this.places.get(url)
    if (known !== undefined) return known
    const place =
      url === OUTPUT ? new Folder(url, this.places) : new Place(url, this, () => Math.floor(this.timeline.nowMs))
    this.places.set(url, place)
    return place
  }

  /** In calm times calls are quick, so that also an application of very many calls a batch catches up. */
  latencyMs(): number {
    if (this.faults.ended) return this.chance.nextInt(8)
    return this.chance.chance(0.02) ? this.chance.nextInt(2_000) : this.chance.nextInt(20)
  }

  /** What is stored, wherever it is; reported if it is not there. */
  load<T>(stored: Stored<T>): T | undefined {
    if (stored.kind === 'inline') return stored.value
    const object = this.checkpoint.objects.get(stored.ref.key)
    if (object === undefined) {
      this.violate('referenced-is-there', stored.ref.key)
      return undefined
    }
    return object.content.record as T
  }

  textOf({ at }: StagedFile): string {
    if (at.kind === 'text') return at.text
    if (at.kind === 'base64') return atob(at.data)
    const object = this.checkpoint.objects.get(at.ref.key)
    if (object === undefined) this.violate('referenced-is-there', at.ref.key)
    return object?.content.text ?? ''
  }

  trace(...parts: readonly (number | string)[]): void {
    this.#trace.add(Math.floor(this.timeline.nowMs), ...parts)
    this.#tell?.(`${(this.timeline.nowMs - START_MS).toFixed(0).padStart(7)}  ${parts.join(' ')}`)
  }

  get traceHash(): string {
    return this.#trace.hash
  }

  headChanged(after: Head, process: SimProcess): void {
    const before = this.head
    this.head = after
    this.trace(process.id, 'head', after.version, after.token)
    const change = { before, after, process }
    for (const checker of this.#watchers.headChanged) checker.headChanged?.(change)
    const { committed } = after
    if (committed === undefined || (before?.committed && sameAttempt(before.committed.attempt, committed.attempt)))
      return
    const manifest = this.load<Manifest>(committed.manifest)
    if (manifest === undefined) return
    if (before === undefined && this.origin !== undefined) {
      for (const checker of this.#checkers) checker.begun?.({ after, process, manifest })
      if (after.incarnation <= (this.origin.head?.incarnation ?? 0)) this.origin.#copy = undefined
      return
    }
    if (before !== undefined && after.incarnation > before.incarnation) {
      for (const checker of this.#checkers) checker.reset?.({ before, after, process, manifest })
      this.#endBesideCopy(after)
      return
    }
    this.batches++
    const commit = { ...change, manifest }
    for (const checker of this.#watchers.committed) checker.committed?.(commit)
  }

  /** Outside, an original that is reset could not be told from the copy that has begun meanwhile. */
  #endBesideCopy({ incarnation }: Head): void {
    if (incarnation !== this.#copy?.head?.incarnation) return
    for (const process of this.owners.values()) if (process.world === this) process.die()
  }

  put(place: Place, key: string, content: Content): void {
    this.trace(place.url, key, content.bytes.length)
    const change = { place, key, content }
    for (const checker of this.#watchers.objectChanged) checker.objectChanged?.(change)
  }

  deleted(place: Place, key: string): void {
    this.trace(place.url, key, 'deleted')
    const change = { place, key }
    for (const checker of this.#watchers.objectChanged) checker.objectChanged?.(change)
  }

  effect(act: EffectAct): void {
    this.trace(act.token, act.content)
    for (const checker of this.#checkers) checker.effect?.(act)
  }

  acknowledged(messages: readonly Message[]): void {
    this.trace('acknowledged', messages.length)
    this.queue.acknowledge(messages)
    for (const checker of this.#checkers) checker.acknowledged?.(messages)
  }

  keyedWritten(act: KeyedAct): void {
    this.trace(act.token, act.key, act.value ?? 'deleted')
    for (const checker of this.#checkers) checker.keyedWritten?.(act)
  }

  invocationEnded(process: SimProcess, outcome: Parameters<NonNullable<Checker['invocationEnded']>>[1]): void {
    this.trace(process.id, outcome.kind, 'error' in outcome ? messageOf(outcome.error) : '')
    for (const checker of this.#checkers) checker.invocationEnded?.(process, outcome)
  }

  replayed(rerun: Rerun, report: ReplayReport): void {
    this.trace(rerun.process.id, 'replayed', report.batchTime, String(report.equal))
    for (const checker of this.#checkers) checker.replayed?.(rerun, report)
  }

  foreseen(foreseen: Foreseen): void {
    this.trace(foreseen.process.id, 'foreseen', String(foreseen.forecast.fits))
    for (const checker of this.#checkers) checker.foreseen?.(foreseen)
  }

  audited(report: VerifyReport, when: AuditedWhen): void {
    for (const checker of this.#checkers) checker.audited?.(report, when)
  }

  async ended(): Promise<void> {
    for (const checker of this.#checkers) await checker.ended?.()
  }
}

import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { UpgradeForecast } from '../../../src/scheduler/foresee-upgrade.ts'
import type { InvocationOutcome } from '../../../src/scheduler/invocation.ts'
import type { ReplayReport } from '../../../src/scheduler/replay.ts'
import type { VerifyReport } from '../../../src/scheduler/verify.ts'
import type { Content } from '../world/content.ts'
import type { Message } from '../world/message-queue.ts'
import type { Place } from '../world/place.ts'
import type { SimProcess } from '../world/sim-process.ts'
import type { Stock } from '../world/stock.ts'
import type { Deed } from '../world/vandal.ts'

export interface HeadChange {
  readonly before: Head | undefined
  readonly after: Head
  readonly process: SimProcess
}

/** A swap that made a batch final. */
export interface Commit extends HeadChange {
  readonly manifest: Manifest
}

/** The swap that began a checkpoint with a savepoint of another. */
export type Begun = Omit<Commit, 'before'>

/** A swap that began a new incarnation. */
export interface Reset extends Commit {
  readonly before: Head
}

export interface ObjectChange {
  readonly place: Place
  readonly key: string
  /** Absent for a deletion. */
  readonly content?: Content
}

/** What one operator has asked to be run again, by one process. */
export interface Rerun {
  readonly process: SimProcess
  /** Whether its code is there for this alone. */
  readonly isTrial: boolean
  /** Whether each batch goes on from what the one before it came to. */
  readonly carryState: boolean
  /** Whether its files are to stay. */
  readonly keep: boolean
  /** Whether it is to call functions that act on the world outside. */
  readonly withForeachRDD: boolean
}

/** What the product says will become of the checkpoint by the code of a process. */
export interface Foreseen {
  readonly process: SimProcess
  readonly forecast: UpgradeForecast
  /** What the head named when somebody began to look. */
  readonly since: Pick<Head, 'committed' | 'planned'>
}

export interface AuditedWhen {
  /** All is over: nobody else is at work, and garbage has been collected. */
  readonly isLast: boolean
  /** What there was before it, where nobody else is at work; whether it may change anything, and what somebody has done on purpose. */
  readonly before?: Stock
  readonly repairs?: boolean
  readonly deeds?: readonly Deed[]
}

/** What a function does outside, once it has arrived there. */
export interface OutsideAct {
  /** Of the batch whose function it is, as the product says. */
  readonly token: string
  /** The replay that has called the function, if it was one, whatever the token says. */
  readonly rerun: Rerun | undefined
}

/** A side effect that is recorded by its token. */
export interface EffectAct extends OutsideAct {
  readonly content: string
}

/** A write to the keyed store, taken or not. */
export interface KeyedAct extends OutsideAct {
  readonly key: string
  readonly value: string | undefined
  /** What the key has from here on. */
  readonly now: string | undefined
}

/**
 * Sees everything that happens in the world, at the instant at which it happens, and says what must never be. What it calls
 * a violation ends the run.
 */
export interface Checker {
  headChanged?(change: HeadChange): void
  committed?(commit: Commit): void
  reset?(reset: Reset): void
  begun?(begun: Begun): void
  objectChanged?(change: ObjectChange): void
  effect?(act: EffectAct): void
  keyedWritten?(act: KeyedAct): void
  acknowledged?(messages: readonly Message[]): void
  invocationEnded?(
    process: SimProcess,
    outcome: InvocationOutcome | { readonly kind: 'failed'; readonly error: unknown },
  ): void
  /** What the product says of a batch that it has run again. */
  replayed?(rerun: Rerun, report: ReplayReport): void
  /** What the product says of an upgrade before it comes. */
  foreseen?(foreseen: Foreseen): void
  /** What the product itself finds. */
  audited?(report: VerifyReport, when: AuditedWhen): void
  /** When all faults have stopped and the backlog should be drained. */
  ended?(): Promise<void> | void
}

/** Says that a rule, by its name, does not hold. */
export type Violate = (rule: string, message: string) => void

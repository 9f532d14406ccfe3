import type { AppId, BatchTime } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { unborn } from '../../src/checkpoint/transitions.ts'
import type { Actor } from './actor.ts'

/**
 * Everything that exists at one instant: the register, the objects, what readers see, what is on its way, and how far each
 * invocation is. States are values: a step makes new ones, so that the explorer can go on from each.
 */
export interface World {
  readonly register: Head
  /** Below the checkpoint: what attempts wrote, by name. */
  readonly objects: Readonly<Record<string, string>>
  /** What plain listing shows, by batch. */
  readonly finals: Readonly<Record<BatchTime, FinalDirectory>>
  /** What `foreachRDD` was called on, by batch: its token is one for all attempts. */
  readonly effects: Readonly<Record<BatchTime, string>>
  /** All that was ever committed, oldest first, as the register took it. */
  readonly commits: readonly Commit[]
  /** Requests that their senders have given up, and that still arrive, or never. */
  readonly late: readonly LateRequest[]
  /** Records that the source has; a range is two positions in it. */
  readonly available: number
  readonly actors: readonly Actor[]
  readonly faults: Faults
}

export interface FinalDirectory {
  readonly part?: string
  readonly success?: true
}

export interface Commit {
  readonly batchTime: BatchTime
  readonly from: number
  readonly until: number
  /** Absent for a batch without data, which has no output. */
  readonly output?: string
  readonly state: string
}

export interface SwapRequest {
  readonly kind: 'swap'
  readonly expected: number
  readonly next: Head
}

export type LateRequest =
  | SwapRequest
  | { readonly kind: 'object'; readonly key: string; readonly content: string }
  | { readonly kind: 'part'; readonly batchTime: BatchTime; readonly content: string }

/** How many of each may still happen. */
export interface Faults {
  readonly crashes: number
  /** Swaps without an answer: done, or on their way for as long as they like. */
  readonly lostSwaps: number
  /** Puts that are answered, and arrive a second time later: what a client that tries again leaves behind. */
  readonly latePuts: number
}

/** What is explored. */
export interface Scope {
  readonly invocations: number
  readonly batches: number
  readonly records: number
  readonly hasForeachRDD: boolean
  readonly faults: Faults
}

export const APP: AppId = 'model'
export const STREAM = 'in'

export function firstWorld({ invocations, faults }: Scope): World {
  return {
    register: unborn({ app: APP, zeroTime: 0, batchIntervalMs: 1 }),
    objects: {},
    finals: {},
    effects: {},
    commits: [],
    late: [],
    available: 1,
    actors: Array.from({ length: invocations }, (_, i) => ({ owner: OWNERS[i] ?? `X${i}`, pc: 'read', runs: 0 })),
    faults,
  }
}

const OWNERS = ['I', 'J', 'K']

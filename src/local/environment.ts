import { openers } from '../connectors/openers.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Storage } from '../ports/object-store.ts'
import type { SourceOpener } from '../ports/source.ts'
import type { BatchObserver } from '../scheduler/batch-report.ts'
import type { Environment } from '../scheduler/create-runtime.ts'
import { type OptionNames, type OptionsForm, optionObject } from '../util/option-object.ts'
import { consoleLog } from './console-log.ts'
import { MemoryMetrics } from './memory-metrics.ts'
import { nodeGunzip } from './node-gunzip.ts'
import { pipeThrough } from './pipe-through.ts'
import { isDeadProcess, processOwner } from './process-lease.ts'
import { openSocketSource } from './socket-receiver.ts'
import { FileHeadRegister } from './stores/file-head-register.ts'
import { MemoryHeadRegister } from './stores/memory-head-register.ts'
import { openLocalStorage } from './stores/storage.ts'
import { SystemClock } from './system-clock.ts'

/** What differs from the plain environment of this machine. */
export interface LocalOptions {
  /** A directory; without one, everything is forgotten when the process ends. */
  readonly checkpoint?: string
  /** Where files are read and written: by default the local ones and memory. */
  readonly storage?: Storage
  /** Opens Kinesis streams, where there are any. */
  readonly kinesis?: SourceOpener
  readonly observers?: readonly BatchObserver[]
  readonly log?: Log
  readonly metrics?: Metrics
  /** By default this machine's. */
  readonly clock?: Clock
  /** Where `print()` writes. */
  readonly write?: (text: string) => void
}

/** For contexts, which have a word of their own for the checkpoint. */
export const MACHINE_NAMES: OptionNames<Omit<LocalOptions, 'checkpoint'>> = {
  storage: true,
  kinesis: true,
  observers: true,
  log: true,
  metrics: true,
  clock: true,
  write: true,
}

const FORM: OptionsForm<LocalOptions> = {
  example: "{ checkpoint: 'data/checkpoint' }",
  names: { ...MACHINE_NAMES, checkpoint: true },
}

/** What plans are sized for where nobody says how much memory there is. */
const MEMORY_BYTES = 2 * 1024 ** 3

/**
 * This machine: its clock, its file system, its terminal. Makes no call. Options that there are none of are refused (code
 * `bad-option`): a misspelt checkpoint would be forgotten when the process ends.
 *
 * @example
 * ```ts
 * const environment = localEnvironment({ checkpoint: 'data/checkpoint', log: consoleLog({ level: 'warn' }) })
 * const params = { in: 'data/in', out: 'data/counts' }
 * await runApplication(wordCount, { params, untilIdle: true }, environment) // { kind: 'idle', batches: 1 }
 * ```
 */
export function localEnvironment(options: LocalOptions = {}): Environment {
  optionObject(options, 'localEnvironment', FORM)
  const clock = options.clock ?? new SystemClock()
  const storage = options.storage ?? openLocalStorage({ clock })
  const { checkpoint } = options
  return {
    clock,
    register: checkpoint === undefined ? new MemoryHeadRegister() : new FileHeadRegister(checkpoint),
    checkpoint: storage.open(checkpoint ?? 'memory://checkpoint'),
    ...openers({
      storage,
      clock,
      write: options.write ?? ((text) => void process.stdout.write(text)),
      kinesis: options.kinesis,
      socket: openSocketSource,
      gunzip: nodeGunzip,
    }),
    storage,
    gunzip: nodeGunzip,
    pipeThrough,
    log: options.log ?? consoleLog(),
    metrics: options.metrics ?? new MemoryMetrics(),
    memoryBytes: MEMORY_BYTES,
    uniqueId: processOwner,
    leaseAbandoned: isDeadProcess,
    ...(options.observers === undefined ? {} : { observers: options.observers }),
  }
}

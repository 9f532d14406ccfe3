import type { Runtime } from '../../../src/scheduler/runtime.ts'
import type { SimProcess } from './sim-process.ts'
import type { Trigger } from './trigger.ts'

export type Act = (runtime: Runtime, signal: AbortSignal) => Promise<unknown>

export interface ActOptions {
  /** Which is asked; by default any that is idle, or a new one. */
  readonly process?: SimProcess
  /** After so long it is ended; by default as any invocation. */
  readonly timeoutMs?: number | undefined
}

/** Of what looks at everything there is. */
export const AN_HOUR_MS = 3_600_000

/** Has a process do what an operator asks for. */
export function asOperator(
  trigger: Trigger,
  act: Act,
  { process = trigger.processFor(), timeoutMs }: ActOptions = {},
): void {
  process.isOperators = true
  const run = async (runtime: Runtime) => {
    await act(runtime, new AbortController().signal)
    return { kind: 'idle', reports: [] }
  }
  trigger.start(process, run, timeoutMs)
}

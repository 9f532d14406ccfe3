import type { Head } from '../checkpoint/head.ts'
import { messageOf } from '../util/errors.ts'
import type { Runtime } from './runtime.ts'

/** How often somebody who waits for a time looks whether another has changed what is due. */
const LOOK_MS = 5_000

export interface WaitForNews {
  /** Of the head as the caller knows it; by default as it is found now. */
  readonly version: Head['version'] | undefined
  readonly untilMs: number
  readonly signal: AbortSignal
}

/**
 * Waits for a time, or until somebody else has changed the head: after a skip, a reset or another run, what the time was
 * for may be due at once, or not at all. Resolves to whether that happened. Looking is a convenience: where it fails, the time comes all the same.
 */
export async function waitForNews(runtime: Runtime, { version, untilMs, signal }: WaitForNews): Promise<boolean> {
  const { clock } = runtime
  const leftMs = () => untilMs - clock.now()
  const known = version ?? (leftMs() > LOOK_MS ? await versionOf(runtime) : undefined)
  while (leftMs() > LOOK_MS && !signal.aborted) {
    await clock.sleep(LOOK_MS, signal)
    if (!signal.aborted && ((await versionOf(runtime)) ?? known) !== known) return true
  }
  if (!signal.aborted) await clock.sleep(Math.max(0, leftMs()), signal)
  return false
}

async function versionOf({ app, register, log }: Runtime): Promise<number | undefined> {
  try {
    return (await register.read(app))?.version
  } catch (error) {
    log.debug('head-not-looked-at', { app, error: messageOf(error) })
    return undefined
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a test is given to say what must end with it. */
export interface Ending {
  after(end: () => unknown): void
}

/** An empty directory for as long as the test runs. */
export function temporaryDirectory(test: Ending): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-embedded-'))
  test.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A clock that stands still until it is moved. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): { now: () => number; advance: (ms: number) => void } {
  let nowMs = startMs
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms
    },
  }
}

/** The stores that a contract is run on: in memory and in files. */
export const STORES = [
  { store: 'in memory', directory: () => ({}) },
  { store: 'in files', directory: (test: Ending) => ({ directory: temporaryDirectory(test) }) },
] as const

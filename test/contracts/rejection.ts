import assert from 'node:assert/strict'
import { type ErrorKind, SluiceError } from '../../src/util/errors.ts'

/** What a promise rejects with; fails if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  assert.ok('error' in outcome, `must reject, but resolved to ${JSON.stringify(outcome)}`)
  return outcome.error
}

export function isSluiceError(error: unknown, code: string, kind: ErrorKind): error is SluiceError {
  return error instanceof SluiceError && error.code === code && error.kind === kind
}

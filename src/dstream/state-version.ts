import { SluiceError } from '../util/errors.ts'

/** Which form the values of a state have, and how they come to have it. */
export interface StateVersionOptions<S> {
  /** A whole number, 1 by default; to be raised when state of before is not what the function takes it for. */
  readonly stateVersion?: number | undefined
  /**
   * Makes the state of a key from what is stored of it (with a codec: from the data that it encoded); `undefined` removes
   * the key. Called once for each key, in the first batch that has the new version; it may depend only on its arguments.
   */
  migrate?(state: unknown, fromVersion: number): S | undefined
}

/** The version itself; refused with code `bad-state-version` unless it is a whole number from 1. */
export function checkStateVersion(version: number): number {
  if (Number.isSafeInteger(version) && version > 0) return version
  throw new SluiceError({
    code: 'bad-state-version',
    kind: 'invalid',
    message: `The version of a state is a whole number from 1: ${version}`,
  })
}

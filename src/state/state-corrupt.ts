import { SluiceError } from '../util/errors.ts'

/** The error for stored state that is not what was written; `name` says which object to look at. */
export function stateCorrupt(name: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError({
    code: 'state-corrupt',
    kind: 'data',
    message: `Stored state is damaged (${what}); restore the object from a copy, or start from an earlier savepoint: ${name}`,
    cause,
  })
}

/** Runs a decoder; what it finds wrong becomes `state-corrupt` with the object's name. */
export function readingState<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code === 'state-corrupt') throw error
    throw stateCorrupt(name, error.message, error)
  }
}

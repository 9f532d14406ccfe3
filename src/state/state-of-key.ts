import { SluiceError } from '../util/errors.ts'
import { canonicalKey } from '../util/key.ts'

/** What is said of a value that cannot be stored, and whose it is. */
export function ofState(operator: string, key: unknown, error: SluiceError): SluiceError {
  const { code, kind, message } = error
  const where = `State of '${operator}', key ${canonicalKey(key)}`
  return new SluiceError({
    code,
    kind,
    message: `${where}, as it is or as its codec encodes it: ${message}`,
    cause: error,
  })
}

/** As `ofState`, of whatever was thrown. */
export function inState(operator: string, key: unknown, thrown: unknown): unknown {
  return thrown instanceof SluiceError ? ofState(operator, key, thrown) : thrown
}

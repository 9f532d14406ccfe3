import { SluiceError } from '../util/errors.ts'

/** The error for an operator whose stored state is spread over another number of partitions. */
export function partitionsChanged(operator: string, stored: number, wanted: number): SluiceError {
  return new SluiceError({
    code: 'partitions-changed',
    kind: 'invalid',
    message: `The state of '${operator}' is stored in ${stored} partitions and cannot be moved to ${wanted} yet; give the operator ${stored} partitions, or another uid to start without its state`,
  })
}

import { SluiceError } from '../util/errors.ts'

/** The error for an operator whose stored state is spread over another number of partitions. */
export function partitionsChanged(operator: string, stored: number, wanted: number): SluiceError {
  return new SluiceError({
    code: 'partitions-changed',
    kind: 'invalid',
    message: `The state of '${operator}' is stored in ${stored} partitions, and nothing says how it gets to ${wanted}; give the operator ${stored} partitions`,
  })
}

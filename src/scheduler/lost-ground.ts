import { SluiceError } from '../util/errors.ts'

const CODES = new Set(['object-missing', 'staged-missing', 'staged-collected', 'state-missing'])

/** Whether an error may say no more than that the ground was pulled away: somebody else may have committed and collected meanwhile. */
export function isLostGround(error: unknown): boolean {
  return error instanceof SluiceError && CODES.has(error.code)
}

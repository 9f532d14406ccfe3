import type { BatchTime } from '../../checkpoint/attempt.ts'

/** `damage`: something promised does not hold. `note`: worth knowing, and nothing to worry about. */
export type Severity = 'damage' | 'note'

/** One thing that an audit found. */
export interface Finding {
  readonly severity: Severity
  /** Stable, kebab-case, for programs. */
  readonly code: string
  /** What is wrong and what to do, the place last. */
  readonly message: string
  readonly batchTime?: BatchTime
}

export function damage(code: string, message: string, batchTime?: BatchTime): Finding {
  return { severity: 'damage', code, message, ...(batchTime === undefined ? {} : { batchTime }) }
}

export function note(code: string, message: string, batchTime?: BatchTime): Finding {
  return { severity: 'note', code, message, ...(batchTime === undefined ? {} : { batchTime }) }
}

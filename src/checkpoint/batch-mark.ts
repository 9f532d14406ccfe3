import type { Attempt } from './attempt.ts'

/**
 * A text by which batches of an application are in order, resets included: compared as text, that of a later batch is greater. A
 * reset may begin at batch times that there were already, so the incarnation comes first (rule `keyed-mark-has-incarnation`).
 */
export function batchMark({ incarnation, batchTime }: Pick<Attempt, 'incarnation' | 'batchTime'>): string {
  return `${String(incarnation).padStart(6, '0')}-${String(batchTime).padStart(18, '0')}`
}

import { SluiceError } from '../../util/errors.ts'
import type { Time } from '../../util/time.ts'

/** Spark's errors for operators that need a dataset of every parent, when one has none. */
export function missingDataset(what: 'transform' | 'union', time: Time): SluiceError {
  const message =
    what === 'union'
      ? `Could not generate RDD from a parent for unifying at time ${time}`
      : `Couldn't generate RDD from parent at time ${time}`
  return new SluiceError({ code: 'no-dataset', kind: 'invalid', message })
}

import { DStream } from '../dstream/dstream.ts'
import { SluiceError } from '../util/errors.ts'

/** What a test may have given in the wrong shape, where no compiler says so. */
interface Given {
  readonly inputs: unknown
  readonly inputs2?: unknown
  readonly inputs3?: unknown
  readonly operation: unknown
  readonly numBatches?: unknown
}

/** Refuses what would else fail inside a batch, far from the test that gave it. */
export function checkOperation({ inputs, inputs2 = [], inputs3 = [], operation, numBatches = 0 }: Given): void {
  for (const [name, batches] of Object.entries({ inputs, inputs2, inputs3 })) checkBatches(name, batches)
  if (typeof operation !== 'function') {
    throw badTest(`operation takes a function from a stream to a stream, as in (words) => words.count(): ${operation}`)
  }
  if (!Number.isSafeInteger(numBatches) || Number(numBatches) < 0) {
    throw badTest(`numBatches takes how many batches to run, a whole number from 0: ${numBatches}`)
  }
}

/** What the operation returned, which must be the stream that the test looks at. */
export function checkedStream<R>(returned: DStream<R>): DStream<R> {
  if (returned instanceof DStream) return returned
  throw badTest(
    `operation must return the stream to look at; return it, without async and without an output: ${returned}`,
  )
}

/** Refuses what is no list of batches. */
export function checkBatches(name: string, batches: unknown): void {
  if (!Array.isArray(batches)) {
    throw badTest(`${name} takes one array a batch, as in [['a', 'b'], [], ['c']]: ${batches}`)
  }
  const wrong = batches.findIndex((batch) => !Array.isArray(batch) && batch !== undefined && batch !== null)
  if (wrong < 0) return
  throw badTest(
    `${name} takes one array a batch, as in [['a', 'b'], [], ['c']], or undefined for none; number ${wrong + 1} is ${batches[wrong]}`,
  )
}

/** What a test is told that cannot mean what it says. */
export function badTest(message: string): SluiceError {
  return new SluiceError({ code: 'bad-test', kind: 'invalid', message })
}

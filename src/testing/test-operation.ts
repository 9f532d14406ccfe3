import type { Element } from '../rdd/element.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { assertBatches } from './assert-batches.ts'
import type { Batch } from './batch-source.ts'
import { OPERATION_FORM, type OperationOptions, operationRun } from './run-operation.ts'

/** What to test an operation with. */
export interface TestOptions<A, B, C, R> extends OperationOptions<A, B, C, R> {
  /** What each batch must hold; `undefined` for one without a dataset. Without any `undefined`, those may be left out. */
  readonly expected?: readonly Batch<NoInfer<R>>[]
  /** Whether the order within a batch does not count. */
  readonly unordered?: boolean
}

const FORM: OptionsForm<TestOptions<never, never, never, never>> = {
  example: "{ inputs: [['a', 'b']], operation: (words) => words.count(), expected: [[2]] }",
  names: { ...OPERATION_FORM.names, expected: true, unordered: true },
}

/**
 * Runs an operation on given batches through the real scheduler and resolves to what each batch gave; `undefined` for a
 * batch in which the stream had no dataset. Rejects as a failed batch does.
 *
 * @throws BatchesDiffer when the batches are not those of `expected`: its message shows batch by batch what differed.
 * @example
 * ```ts
 * await testOperation({ inputs: [['a', 'b'], ['c']], operation: (s) => s.count(), expected: [[2], [1]] })
 *
 * // State survives a process that dies after the second batch.
 * const batches = await testOperation({
 *   inputs: [[['a', 1]], [['a', 2]], []],
 *   operation: (s) => s.updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b, sum)),
 *   restartAfter: 2,
 * })
 * batches // [[['a', 1]], [['a', 3]], [['a', 3]]]
 * ```
 */
export async function testOperation<R, A extends Element = never, B extends Element = never, C extends Element = never>(
  options: TestOptions<A, B, C, R>,
): Promise<(R[] | undefined)[]> {
  const { expected, unordered } = optionObject<TestOptions<A, B, C, R>>(options, 'testOperation', FORM)
  const run = await operationRun(options)
  if (run.error !== undefined) throw run.error
  if (expected !== undefined) assertBatches<R>(run.batches, expected, { unordered, times: run.times })
  return [...run.batches]
}

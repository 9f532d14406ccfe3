import type { Batch } from './batch-source.ts'
import { checkBatches } from './check-operation.ts'
import { showValue } from './show-value.ts'

/** How batches are compared. */
export interface CompareOptions {
  /** Whether the order within a batch does not count: what has been shuffled has none that Spark promises. */
  readonly unordered?: boolean | undefined
  /** Batch times in milliseconds, for the message; by default batches are numbered. */
  readonly times?: readonly number[] | undefined
}

/**
 * Batches are not as expected. Test runners show it as a failed assertion, with `actual` and `expected`.
 *
 * @example
 * ```ts
 * const failure = new BatchesDiffer('1 of 1 batches are not as expected', [[1]], [[2]])
 * failure.name // 'AssertionError'
 * ```
 */
export class BatchesDiffer extends Error {
  override readonly name = 'AssertionError'
  readonly code = 'ERR_ASSERTION'
  readonly operator = 'assertBatches'
  readonly generatedMessage = false
  readonly actual: readonly unknown[]
  readonly expected: readonly unknown[]

  constructor(message: string, actual: readonly unknown[], expected: readonly unknown[]) {
    super(message)
    this.actual = actual
    this.expected = expected
  }
}

/**
 * Compares batches one by one, by value. `undefined` and `null` stand for a batch without a dataset; when `expected` has
 * none of these, such batches may be left out of it, as Spark's own test suites do.
 *
 * @throws BatchesDiffer whose message shows, batch by batch, what differed.
 * @example
 * ```ts
 * assertBatches([[1, 2], [3]], [[2, 1], [3]], { unordered: true })
 * assertBatches([undefined, [1]], [[1]])
 * ```
 */
export function assertBatches<T>(
  actual: readonly Batch<T>[],
  expected: readonly Batch<NoInfer<T>>[],
  { unordered = false, times }: CompareOptions = {},
): void {
  checkBatches('expected', expected)
  const places = actual.map((batch, i) => ({ batch, name: times?.[i] === undefined ? `#${i + 1}` : `${times[i]} ms` }))
  const compared = expected.some(isMissing) ? places : places.filter(({ batch }) => !isMissing(batch))
  const length = Math.max(compared.length, expected.length)
  const lines = Array.from({ length }, (_, i) => {
    const got = i < compared.length ? show(compared[i]?.batch, unordered) : 'no such batch'
    const want = i < expected.length ? show(expected[i], unordered) : 'no such batch'
    return { name: compared[i]?.name ?? `#${i + 1}`, got, want }
  })
  const wrong = lines.filter(({ got, want }) => got !== want).length
  if (wrong === 0) return
  throw new BatchesDiffer(message(lines, wrong), actual, expected)
}

interface Line {
  readonly name: string
  readonly got: string
  readonly want: string
}

function message(lines: readonly Line[], wrong: number): string {
  const width = Math.max(...lines.map(({ name }) => name.length))
  const shown = lines.flatMap(({ name, got, want }) => {
    const head = `  ${name.padStart(width)}  `
    if (got === want) return [`${head}  same      ${got}`]
    return [`${head}! expected  ${want}`, `${' '.repeat(head.length)}  got       ${got}`]
  })
  return `${wrong} of ${lines.length} batches are not as expected:\n${shown.join('\n')}`
}

function show(batch: Batch<unknown>, unordered: boolean): string {
  if (isMissing(batch)) return 'no dataset'
  const elements = batch.map(showValue)
  return `[${(unordered ? elements.sort() : elements).join(', ')}]`
}

function isMissing(batch: Batch<unknown>): batch is null | undefined {
  return batch === undefined || batch === null
}

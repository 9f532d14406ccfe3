import { readFileSync } from 'node:fs'

/** A case of Spark's suites, as data. */
export interface SparkCase {
  readonly suite: string
  readonly name: string
  readonly op: string
  readonly params: Readonly<Record<string, unknown>>
  readonly input: readonly unknown[]
  readonly expected: readonly unknown[]
}

const CASES = JSON.parse(
  readFileSync(new URL('../conformance/cases.json', import.meta.url), 'utf8'),
) as readonly SparkCase[]

/** The cases of a suite and an operation; at least one. */
export function sparkCases(suite: string, op: string): readonly SparkCase[] {
  const found = CASES.filter((one) => one.suite === suite && one.op === op)
  if (found.length === 0) throw new Error(`no case of ${suite} is about ${op}`)
  return found
}

/**
 * Measures: `npm run bench -- [NAME …] [--json] [--data DIR]`. Without names, all benchmarks. Each line of `--json` is
 * `{bench, metric, value, unit, reference?, ratio?}`.
 */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark, Figure } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'

const HELP = `Usage: npm run bench -- [NAME …] [--json] [--data DIR]

Names: ${benchmarks.map(({ name }) => name).join(', ')}; all of them if none is given
--json      lines of JSON on stdout; text for people goes to stderr
--data DIR  where inputs are kept; they are made if they are not there. By default in the system's directory for temporary files

Example:
  npm run bench -- wordcount --data ./bench-data
`

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const { wanted, json, dataDirectory, help, problem } = read(argv)
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`)
    return 2
  }
  const people = json ? process.stderr : process.stdout
  if (help) people.write(HELP)
  for (const benchmark of help ? [] : wanted) {
    const say = (text: string) => void people.write(`${benchmark.name}: ${text}\n`)
    for (const figure of await benchmark.run({ dataDirectory, say })) show(benchmark, figure, json)
  }
  return 0
}

interface Arguments {
  readonly wanted: readonly Benchmark[]
  readonly json: boolean
  readonly dataDirectory: string
  readonly help: boolean
  /** What is wrong, and what to write instead. */
  readonly problem?: string
}

function read(argv: readonly string[]): Arguments {
  const nothing = { wanted: [], json: false, dataDirectory: '', help: false }
  const options = { json: { type: 'boolean' }, data: { type: 'string' }, help: { type: 'boolean' } } as const
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const { json = false, help = false, data = join(tmpdir(), 'sluice-bench') } = values
    const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
    if (unknown.length > 0) return { ...nothing, problem: unknownNames(unknown) }
    const wanted = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
    return { wanted, json, help, dataDirectory: resolve(data) }
  } catch (error) {
    return {
      ...nothing,
      problem: `${error instanceof Error ? error.message : error} (npm run bench -- --help shows how)`,
    }
  }
}

function unknownNames(names: readonly string[]): string {
  const known = benchmarks.map(({ name }) => name).join(', ')
  return `There is no benchmark ${names.join(', ')}; the known ones are ${known}`
}

interface Line extends Figure {
  readonly bench: string
  readonly ratio?: number
}

function show({ name }: Benchmark, { metric, value, unit, reference }: Figure, json: boolean): void {
  const beside = reference === undefined ? {} : { reference: rounded(reference), ratio: rounded(value / reference) }
  assert([value, reference ?? 0].every(Number.isFinite), `${name} has not measured ${metric}: ${value} (${reference})`)
  const line: Line = { bench: name, metric, value: rounded(value), unit, ...beside }
  process.stdout.write(`${json ? JSON.stringify(line) : textOf(line)}\n`)
}

function textOf({ bench, metric, value, unit, reference, ratio }: Line): string {
  const name = metric === unit ? bench : `${bench} ${metric}`
  const beside = reference === undefined ? '' : `; the hand-written program ${grouped(reference)}, ratio ${ratio}`
  return `${name}: ${grouped(value)} ${unit}${beside}`
}

/** To four digits, or to the unit: more is noise. */
function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4))
}

function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 4 })
}

import { readFileSync } from 'node:fs'
import type { Case } from './case.ts'

/** A file that holds no cases, or a case that is not in the format. */
export class MalformedCases extends Error {
  override readonly name = 'MalformedCases'
}

/** The cases of a file, checked. */
export function readCases(file: string): readonly Case[] {
  const cases = parse(file)
  if (!Array.isArray(cases)) throw new MalformedCases(`${file}: a file of cases holds a JSON array`)
  cases.forEach((given: unknown, i) => {
    const problem = problemOf(given)
    if (problem !== undefined) throw new MalformedCases(`${file}: case ${i + 1}${nameOf(given)}: ${problem}`)
  })
  return cases
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new MalformedCases(`${file}: cannot be read as JSON: ${error instanceof Error ? error.message : error}`)
  }
}

function problemOf(given: unknown): string | undefined {
  if (!isRecord(given)) return 'not an object'
  if (typeof given.suite !== 'string' || typeof given.name !== 'string') return 'suite and name must be strings'
  if (!isRecord(given.params)) return 'params must be an object'
  const { pipeline } = given.params
  if (pipeline === undefined) return undefined
  if (!Array.isArray(given.expected)) return 'expected must be an array'
  for (const input of ['input', 'input2', 'input3']) {
    const batches = given[input]
    if (batches === undefined && input !== 'input') continue
    if (!Array.isArray(batches)) return `${input} must be an array of batches`
    if (batches.some((batch) => batch !== null && !Array.isArray(batch))) return `${input}: a batch is an array or null`
  }
  return problemOfNumbers(given.params) ?? problemOfSteps(pipeline)
}

const NUMBERS = ['batchMs', 'numPartitions', 'numBatches', 'restartAfterBatches']

function problemOfNumbers(params: Readonly<Record<string, unknown>>): string | undefined {
  const wrong = NUMBERS.find((name) => ![params[name] ?? 1].flat().every(isPositive))
  return wrong === undefined ? undefined : `params.${wrong} must be a whole number from 1: ${String(params[wrong])}`
}

function problemOfSteps(steps: unknown): string | undefined {
  if (!Array.isArray(steps)) return 'a pipeline is an array of steps'
  for (const step of steps) {
    if (!isRecord(step) || typeof step.op !== 'string') return `a step has an op: ${JSON.stringify(step)}`
    const others = [step.other, ...(Array.isArray(step.others) ? step.others : [])].filter(isRecord)
    const below = [step.otherPipeline, ...others.map(({ pipeline }) => pipeline)].filter((steps) => steps !== undefined)
    const problem = below.map(problemOfSteps).find((found) => found !== undefined)
    if (problem !== undefined) return problem
  }
  return undefined
}

function nameOf(given: unknown): string {
  return isRecord(given) && typeof given.name === 'string' ? ` (${given.name})` : ''
}

function isPositive(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

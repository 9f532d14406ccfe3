import { runApp, testOperation } from 'sluice/testing'
import wordCountApp from '../../functions/word-count.ts'
import type { Figure } from './benchmark.ts'

const WARM_UP = 2_000
const BATCHES = 10_000
const LINES = ['row row', 'your boat', 'ashore']

/** How many batches of three lines the test kit runs in a second, from the first call to the answer, of each of its two ways. */
export async function tinyBatches(): Promise<readonly Figure[]> {
  return [...(await speedOf('testOperation', countedWords)), ...(await speedOf('runApp', countedByApp))]
}

/** On a machine that does other things as well, processor time says more than what the clock shows. */
async function speedOf(name: string, run: (batches: readonly string[][]) => Promise<unknown>): Promise<Figure[]> {
  await run(tiny(WARM_UP))
  const [cpu, began] = [process.cpuUsage(), performance.now()]
  await run(tiny(BATCHES))
  const { user, system } = process.cpuUsage(cpu)
  return [
    { metric: `batches/s-${name}`, value: BATCHES / ((performance.now() - began) / 1000), unit: 'batches/s' },
    { metric: `ms-cpu-${name}`, value: (user + system) / 1000 / BATCHES, unit: 'ms' },
  ]
}

function tiny(batches: number): readonly string[][] {
  return Array.from({ length: batches }, () => LINES)
}

function countedWords(inputs: readonly string[][]): Promise<unknown> {
  return testOperation({
    inputs,
    operation: (lines) =>
      lines
        .flatMap((line) => line.split(' '))
        .map((word) => [word, 1])
        .reduceByKey((a, b) => a + b),
  })
}

function countedByApp(lines: readonly string[][]): Promise<unknown> {
  return runApp(wordCountApp, { params: { in: 'lines', out: 'counts' }, inputs: { lines } })
}

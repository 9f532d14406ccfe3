import { type Application, type DStream, defineApp, seconds } from 'sluice'
import { localEnvironment, runApplication } from 'sluice/local'
import { runApp, testOperation } from 'sluice/testing'
import wordCountApp from '../../functions/word-count.ts'
import { median } from './rounds.ts'
import type { Program } from './tiny-batches.ts'

const ROUNDS = 5
const BATCHES = 10_000
const LINES = ['row row', 'your boat', 'ashore']
const EMPTY_WARM_UP = 4_000
const EMPTY_BATCHES = 2_000

const printedCounts = defineApp({ name: 'printed-counts', batchInterval: seconds(1) }, (ssc) => {
  counted(ssc.textFileStream('lines', { newFilesOnly: false })).print()
})

const programs: Readonly<Record<Program, (directory: string) => Promise<unknown>>> = {
  testOperation: () => costOf(countedWords),
  runApp: () => costOf(countedBy(printedCounts, {})),
  'runApp-files': () => costOf(countedBy(wordCountApp, { in: 'lines', out: 'counts' })),
  emptyInMemory: () => msOfEmpty({ in: 'memory://in' }),
  emptyInDirectory: (directory) => msOfEmpty({ in: directory, checkpoint: `${directory}/ck` }),
}

/** Runs many batches of nothing, or next to nothing, in this process, then tells its parent what one took. */
const [program = '', directory = ''] = process.argv.slice(2)
process.send?.(await programs[program as Program](directory))

/** Of runs from the first call to the answer, after one to warm up. */
async function costOf(run: (batches: readonly string[][]) => Promise<unknown>): Promise<unknown> {
  const inputs = Array.from({ length: BATCHES }, () => LINES)
  const [elapsed, worked]: [number[], number[]] = [[], []]
  await run(inputs)
  for (let round = 0; round < ROUNDS; round++) {
    const [cpu, began] = [process.cpuUsage(), performance.now()]
    await run(inputs)
    const { user, system } = process.cpuUsage(cpu)
    elapsed.push(performance.now() - began)
    worked.push((user + system) / 1_000)
  }
  return { ms: median(elapsed) / BATCHES, msCpu: median(worked) / BATCHES }
}

function countedWords(inputs: readonly string[][]): Promise<unknown> {
  return testOperation({
    inputs,
    operation: counted,
  })
}

function counted(lines: DStream<string>): DStream<[string, number]> {
  return lines
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b)
}

function countedBy(app: Application, params: Readonly<Record<string, string>>) {
  return (lines: readonly string[][]): Promise<unknown> => runApp(app, { params, inputs: { lines } })
}

/** The word count over an empty directory, batch after batch, all long due: the median of the warm ones. */
async function msOfEmpty(place: { readonly in: string; readonly checkpoint?: string }): Promise<unknown> {
  const ended: number[] = []
  const environment = localEnvironment({
    log: { debug() {}, info() {}, warn() {}, error() {} },
    write: () => {},
    observers: [{ batchCommitted: () => void ended.push(performance.now()) }],
    ...(place.checkpoint === undefined ? {} : { checkpoint: place.checkpoint }),
  })
  const params = { in: place.in, out: `${place.in}/out` }
  await runApplication(wordCountApp, { params, start: 0, batches: EMPTY_WARM_UP + EMPTY_BATCHES }, environment)
  const times = ended.map((at, i) => at - (ended[i - 1] ?? at))
  return { ms: median(times.slice(EMPTY_WARM_UP)) }
}

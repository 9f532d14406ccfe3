import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { defineApp, seconds } from 'sluice'
import { localEnvironment, runApplication } from 'sluice/local'
import type { Benchmark } from './benchmark.ts'
import { alternate } from './rounds.ts'
import { countWordsInFile } from './wordcount-loop.ts'
import { wordsFile } from './words-file.ts'

const ROUNDS = { warmUp: 2, measured: 7 }

/** Counts the words of one file, and how many different ones there are. */
export const wordCount: Benchmark = {
  name: 'wordcount',
  async run({ dataDirectory, say }) {
    const path = await wordsFile(dataDirectory, say)
    const { words, counts } = await countWordsInFile(path)
    const ours = async () => assert.equal(await differentWords(path), counts.size, 'both must count the same')
    const reference = () => countWordsInFile(path)
    say(`${words} words, ${counts.size} different ones; ${ROUNDS.measured} rounds each …`)
    const ms = await alternate(ours, reference, ROUNDS)
    const perSecond = (elapsedMs: number) => (words / elapsedMs) * 1_000
    return [{ metric: 'words/s', value: perSecond(ms.ours), unit: 'words/s', reference: perSecond(ms.reference) }]
  },
}

/** One run of an application, from nothing to its end, with its checkpoint in memory. */
async function differentWords(path: string): Promise<number> {
  let different = 0
  const app = defineApp({ name: 'wordcount', batchInterval: seconds(1) }, (ssc) => {
    ssc
      .textFileStream(dirname(path), { newFilesOnly: false, filter: (url) => url.endsWith('/words.txt') })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
      .count()
      .foreachRDD(async (rdd) => {
        different = (await rdd.first()) ?? 0
      })
  })
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  await runApplication(app, { start: 0, batches: 1 }, localEnvironment({ log: quiet }))
  return different
}

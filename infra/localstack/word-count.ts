import { PutObjectCommand } from '@aws-sdk/client-s3'
import { listPublished, parseS3Url, readLines } from './outputs.ts'
import { checkHandler, invokeUntilCommitted, type Scenario, untilTicked } from './scenario.ts'
import { textFiles } from './text-files.ts'

const FILES = 8
const WORDS = 3_000

/** Text through S3: batches by invocation and by schedule rule, one replayed, and every word counted exactly once. */
export async function tryWordCount(scenario: Scenario, seed: number): Promise<void> {
  const { ok, s3, application } = scenario
  const { in: input = '', out = '' } = application.params
  const files = textFiles({ files: FILES, words: WORDS, seed })
  await drop(scenario, input, files.slice(0, FILES / 2))
  ok(`word-count: ${await invokeUntilCommitted(scenario)} batches committed by an invocation`)

  await drop(scenario, input, files.slice(FILES / 2))
  const expected = countWords(files.map(([, text]) => text))
  await untilTicked(scenario, async () => sumOf(await totals(scenario, out)) >= sumOf(expected) || undefined)
  const counted = await totals(scenario, out)
  requireEqual(counted, expected)
  ok(`word-count: ${sumOf(counted)} words in ${FILES} files, ${counted.size} distinct, each counted exactly once`)

  const [first] = await listPublished(s3, out)
  await checkHandler(scenario, first?.batchTime ?? 0)
}

async function drop({ s3 }: Scenario, url: string, files: readonly (readonly [string, string])[]): Promise<void> {
  const { bucket, key } = parseS3Url(url)
  for (const [name, Body] of files) await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${key}/${name}`, Body }))
}

/** Counts over all batches that are complete. */
async function totals({ s3 }: Scenario, out: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const directory of await listPublished(s3, out)) {
    for (const line of directory.complete ? await readLines(s3, directory) : []) {
      const [, word, count] = /^\((.*),(\d+)\)$/.exec(line) ?? []
      if (word === undefined) throw new Error(`Not a line of a word count: ${line}`)
      counts.set(word, (counts.get(word) ?? 0) + Number(count))
    }
  }
  return counts
}

function countWords(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const [word] of text.matchAll(/\S+/g)) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

function requireEqual(counted: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void {
  const wrong = [...new Set([...counted.keys(), ...expected.keys()])].filter((w) => counted.get(w) !== expected.get(w))
  const samples = wrong
    .slice(0, 5)
    .map((word) => `'${word}' ${counted.get(word) ?? 0} instead of ${expected.get(word) ?? 0}`)
  if (wrong.length > 0) throw new Error(`${wrong.length} words are counted wrongly: ${samples.join(', ')}`)
}

import { join } from 'node:path'
import { localEnvironment, runApplication } from 'sluice/local'
import wordCount from '../../functions/word-count.ts'
import { peakMegabytes } from './peak-memory.ts'
import { countWordsInFile } from './wordcount-loop.ts'

/** Counts the words below a directory in this process, then tells its parent how many megabytes it took at most. */
const [program, directory = '', out = ''] = process.argv.slice(2)
if (program === 'loop') await countWordsInFile(join(directory, 'words.txt'))
else await count()
process.send?.(peakMegabytes())

async function count(): Promise<void> {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const params = { in: directory, out: join(out, 'counts') }
  await runApplication(wordCount, { params, start: 0, untilIdle: true }, localEnvironment({ log: quiet }))
}

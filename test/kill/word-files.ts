import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../src/util/random.ts'

const LINES = 500
const WORDS_A_LINE = 10
const VOCABULARY = 6_000

/** Makes files of words, numbered from `first`; common words and rare ones, so that the state keeps growing. */
export function writeWordFiles(directory: string, { first, count, seed }: WordFiles): void {
  mkdirSync(directory, { recursive: true })
  for (let i = first; i < first + count; i++) {
    writeFileSync(join(directory, `words-${String(i).padStart(5, '0')}.txt`), text(new Random(seed, i)))
  }
}

export interface WordFiles {
  readonly first: number
  readonly count: number
  readonly seed: number
}

function text(random: Random): string {
  const line = () =>
    Array.from({ length: WORDS_A_LINE }, () => `w${Math.floor(VOCABULARY * random.next() ** 2)}`).join(' ')
  return Array.from({ length: LINES }, () => `${line()}\n`).join('')
}

import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Random } from '../../src/util/random.ts'

export const WORDS = 10_000_000
const WORDS_A_LINE = 10
const VOCABULARY = 50_000
/** Of the words, as they come; short ones run out, so most are long, but the frequent ones are short: 46 MB in all. */
const LENGTHS = [1, 2, 3, 3, 4, 5, 6, 7, 8, 9]
const LETTERS = 'etaoinshrdlcumwfgypbvkjxqz'

/** `words.txt` in the directory: 10 million words of 50,000, some much more frequent than others; made if it is not there. */
export async function wordsFile(directory: string, say: (text: string) => void): Promise<string> {
  const path = join(directory, 'words.txt')
  if (existsSync(path)) return path
  say(`making ${path} …`)
  mkdirSync(directory, { recursive: true })
  const unfinished = `${path}.${process.pid}.tmp`
  await pipeline(lines(new Random(1)), createWriteStream(unfinished))
  renameSync(unfinished, path)
  return path
}

function* lines(random: Random): Generator<string> {
  const vocabulary = distinctWords(random)
  const word = () => vocabulary[Math.floor(VOCABULARY * random.next() ** 3.75)] ?? ''
  for (let line = 0; line < WORDS / WORDS_A_LINE; line++) {
    yield `${Array.from({ length: WORDS_A_LINE }, word).join(' ')}\n`
  }
}

function distinctWords(random: Random): readonly string[] {
  const words = new Set<string>()
  for (let tries = 0; words.size < VOCABULARY; tries++) {
    const length = LENGTHS[tries % LENGTHS.length] ?? 1
    words.add(Array.from({ length }, () => LETTERS[Math.floor(LETTERS.length * random.next() ** 1.5)]).join(''))
  }
  return [...words].sort((a, b) => a.length - b.length)
}

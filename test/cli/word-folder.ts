import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Real text of several kinds that every installation has. */
const TEXTS = ['LICENSE', 'src/checkpoint/PROTOCOL.md', 'node_modules/commander/Readme.md', 'biome.json']

/** A directory with real text. */
export function textFolder(directory: string, texts: readonly string[] = TEXTS): string {
  mkdirSync(directory, { recursive: true })
  texts.forEach((text, i) => {
    copyFileSync(join(root, text), join(directory, `${i}-${text.replaceAll('/', '-')}`))
  })
  return directory
}

export type Counts = Readonly<Record<string, number>>

/** Counts the words of all files in a directory in a way of its own. */
export function countedByHand(directory: string): Counts {
  const text = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'))
  return sum(text.flatMap((content) => Array.from(content.matchAll(/\S+/gu), ([word]) => [word, 1] as const)))
}

/** What lines `(word,count)` in directories of part files say together. */
export function countedInOutput(directories: readonly string[]): Counts {
  return sum(directories.flatMap((directory) => outputLines(directory)).map(parsed))
}

export function outputLines(directory: string): readonly string[] {
  const parts = readdirSync(directory).filter((name) => name.startsWith('part-'))
  return parts.sort().flatMap((part) => readFileSync(join(directory, part), 'utf8').split('\n').slice(0, -1))
}

function parsed(line: string): readonly [string, number] {
  const comma = line.lastIndexOf(',')
  return [line.slice(1, comma), Number(line.slice(comma + 1, -1))]
}

function sum(pairs: readonly (readonly [string, number])[]): Counts {
  const counts = new Map<string, number>()
  for (const [word, count] of pairs) counts.set(word, (counts.get(word) ?? 0) + count)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

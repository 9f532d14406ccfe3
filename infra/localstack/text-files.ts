/** What a folder of text is made of. */
export interface TextOptions {
  readonly files: number
  /** In each file. */
  readonly words: number
  readonly seed: number
}

const SYLLABLES = ['ba', 'ré', 'to', 'mu', 'ßi', '語', 'kal', 'no']
const SPACES = [' ', '  ', '\t', '\n', '\r\n', ' \n\n']

/** Files of words of one to three syllables, between them any white space; the same for the same seed. */
export function textFiles({ files, words, seed }: TextOptions): (readonly [name: string, text: string])[] {
  const random = randomFrom(seed)
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? ''
  const word = () => Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(SYLLABLES)).join('')
  return Array.from({ length: files }, (_, index) => {
    const text = Array.from({ length: words }, () => word() + pick(SPACES)).join('')
    return [`part ${index}+${seed}.txt`, text] as const
  })
}

/** Numbers from 0 to below 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

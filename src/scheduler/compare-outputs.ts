import type { StagedFile, StagedOutput } from '../checkpoint/manifest.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { fromBase64 } from '../util/base64.ts'
import { type FirstDifference, firstDifference } from './first-difference.ts'

/** What a replay made of one output, beside what was published. */
export interface ReplayedOutput {
  readonly output: string
  readonly destination?: string
  readonly equal: boolean
  /** What differs, in words; empty when equal. */
  readonly differences: readonly string[]
  /** Keys of the replayed files. */
  readonly files: readonly string[]
  /** Names of files, of both together. */
  readonly filesInAll: number
  readonly filesDiffering: number
  /** Of the first file, by name, that both have and that differs. */
  readonly first?: FirstDifference & { readonly file: string }
}

export interface OutputsToCompare {
  readonly published: readonly StagedOutput[]
  readonly replayed: readonly StagedOutput[]
}

/** By output: sizes and checksums of every file, and the bytes of the first one that differs. */
export async function compareOutputs(
  store: ObjectStore,
  { published, replayed }: OutputsToCompare,
): Promise<ReplayedOutput[]> {
  const names = new Set([...published, ...replayed].map(({ output }) => output))
  const compared: ReplayedOutput[] = []
  for (const name of names) {
    const before = published.find(({ output }) => output === name)
    const now = replayed.find(({ output }) => output === name)
    compared.push(await compareOutput(store, name, { before, now }))
  }
  return compared
}

interface Pair<T> {
  readonly before: T | undefined
  readonly now: T | undefined
}

async function compareOutput(
  store: ObjectStore,
  output: string,
  { before, now }: Pair<StagedOutput>,
): Promise<ReplayedOutput> {
  const pairs = filePairs(before?.files ?? [], now?.files ?? [])
  const different = pairs.filter(
    ({ before, now }) => before?.crc32c !== now?.crc32c || before?.sizeBytes !== now?.sizeBytes,
  )
  const first = await firstOf(store, different)
  const shows = JSON.stringify(before?.detail) === JSON.stringify(now?.detail) ? [] : ['what it shows differs']
  const destination = before?.destination ?? now?.destination
  return {
    output,
    ...(destination === undefined ? {} : { destination }),
    equal: different.length === 0 && shows.length === 0,
    differences: [...different.map((pair) => differenceText(pair, first)), ...shows],
    files: (now?.files ?? []).flatMap(({ at }) => (at.kind === 'object' ? [at.ref.key] : [])),
    filesInAll: pairs.length,
    filesDiffering: different.length,
    ...(first === undefined ? {} : { first }),
  }
}

interface FilePair extends Pair<StagedFile> {
  readonly name: string
}

function filePairs(published: readonly StagedFile[], replayed: readonly StagedFile[]): FilePair[] {
  const before = new Map(published.map((file) => [file.name, file]))
  const now = new Map(replayed.map((file) => [file.name, file]))
  const names = [...new Set([...before.keys(), ...now.keys()])].sort()
  return names.map((name) => ({ name, before: before.get(name), now: now.get(name) }))
}

async function firstOf(store: ObjectStore, different: readonly FilePair[]): Promise<ReplayedOutput['first']> {
  for (const { name, before, now } of different) {
    if (before === undefined || now === undefined) continue
    const [published, replayed] = [await bytesOf(store, before), await bytesOf(store, now)]
    const first = published && replayed && (await firstDifference(published, replayed))
    return first && { file: name, ...first }
  }
  return undefined
}

/** `undefined` where the bytes are not there any more: then only sizes and checksums tell. */
async function bytesOf(store: ObjectStore, { at }: StagedFile): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (at.kind === 'object') return (await store.get(at.ref.key))?.body
  const bytes = at.kind === 'text' ? new TextEncoder().encode(at.text) : fromBase64(at.data)
  return (async function* () {
    yield bytes
  })()
}

function differenceText({ name, before, now }: FilePair, first: ReplayedOutput['first']): string {
  if (now === undefined) return `${name}: published, but not made by the replay`
  if (before === undefined) return `${name}: made by the replay, but not published`
  const sizes =
    before.sizeBytes === now.sizeBytes
      ? 'same length, other bytes'
      : `${now.sizeBytes} bytes instead of ${before.sizeBytes}`
  return first?.file === name ? `${name}: ${sizes}; ${lineText(first)}` : `${name}: ${sizes}`
}

function lineText({ line, published, replayed, publishedLines, replayedLines }: FirstDifference): string {
  const counts =
    replayedLines === publishedLines ? `of ${replayedLines}` : `${replayedLines} lines instead of ${publishedLines}`
  if (published === undefined && replayed === undefined) return `no text, from line ${line} on, ${counts}`
  return `line ${line} is ${quoted(replayed)} instead of ${quoted(published)}, ${counts}`
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'not there' : JSON.stringify(text)
}

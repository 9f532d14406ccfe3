import { CHUNK_RECORDS } from '../node.ts'
import { ByteReader } from './byte-reader.ts'
import { type DecodedFile, fileCorrupt } from './decoder.ts'
import { MAGIC, SYNC_BYTES, SYNC_ESCAPE } from './sequence-header.ts'
import { readVint, vintBytes, type Writable, writables } from './writables.ts'

const MAX_RECORD_BYTES = 512 * 1024 * 1024

/**
 * The pairs of a SequenceFile as Hadoop writes them uncompressed. Longs are numbers where that is exact, else bigints. One
 * that is damaged, cut short, compressed or of other types ends with code `file-corrupt`.
 *
 * @example
 * ```ts
 * ssc.fileStream<[string, number]>('data/in', { decode: readSequenceFile }).reduceByKey((a, b) => a + b).print()
 * ```
 */
export async function* readSequenceFile<K = unknown, V = unknown>(
  input: AsyncIterable<Uint8Array>,
  file: DecodedFile,
): AsyncGenerator<readonly [K, V][]> {
  const bytes = new ByteReader(input)
  try {
    const header = await readHeader(bytes, file)
    let chunk: [K, V][] = []
    for (let length = await nextLength(bytes, header, file); length !== undefined; ) {
      const whole = bytes.has(4 + length)
      if (!(whole === true || (await whole))) throw cutShort(file)
      chunk.push(pairOf(bytes, length, header, file) as [K, V])
      if (chunk.length === CHUNK_RECORDS) {
        yield chunk
        chunk = []
      }
      const next = nextLength(bytes, header, file)
      length = next instanceof Promise ? await next : next
    }
    if (chunk.length > 0) yield chunk
  } finally {
    await bytes.close()
  }
}

/** What a file says of itself before its first record. */
export interface Header {
  readonly key: Writable
  readonly value: Writable
  readonly sync: Uint8Array
}

export async function readHeader(bytes: ByteReader, file: DecodedFile): Promise<Header> {
  const need = async (count: number): Promise<Uint8Array> => {
    if (!(await bytes.has(count))) throw cutShort(file)
    return bytes.take(count)
  }
  const text = async (): Promise<string> => {
    const first = await need(1)
    const vint = readVint(Uint8Array.from([...first, ...(await need(Math.min(vintBytes(first[0]), 5) - 1))]))
    if (vint === undefined || vint.value > MAX_RECORD_BYTES) throw damaged(file)
    return new TextDecoder().decode(await need(vint.value))
  }
  const magic = Uint8Array.from(await need(MAGIC.length))
  if (!magic.subarray(0, 3).every((byte, i) => byte === MAGIC[i])) throw fileCorrupt('This is no SequenceFile', file)
  if (magic[3] !== MAGIC[3]) throw fileCorrupt(`Only version 6 of SequenceFiles is read here, not ${magic[3]}`, file)
  const [key, value] = [typeOf(await text(), file), typeOf(await text(), file)]
  const compression = await need(2)
  if (compression.some((flag) => flag !== 0)) {
    throw fileCorrupt('Compressed SequenceFiles are not read here; write it uncompressed', file)
  }
  const count = await need(4)
  const entries = new DataView(count.buffer, count.byteOffset).getInt32(0)
  if (entries < 0) throw damaged(file)
  for (let i = 0; i < 2 * entries; i++) await text()
  return { key, value, sync: Uint8Array.from(await need(SYNC_BYTES)) }
}

/** The length of the next record, past sync markers; `undefined` at the end. A promise only when more bytes must come. */
export function nextLength(bytes: ByteReader, header: Header, file: DecodedFile): MaybePromise<number | undefined> {
  while (bytes.available >= 4 + SYNC_BYTES) {
    const length = checkedLength(bytes.int32(), file)
    if (length !== SYNC_ESCAPE) return length
    checkSync(bytes, header, file)
  }
  return awaitedLength(bytes, header, file)
}

type MaybePromise<T> = T | Promise<T>

async function awaitedLength(bytes: ByteReader, header: Header, file: DecodedFile): Promise<number | undefined> {
  while (await bytes.has(1)) {
    if (!(await bytes.has(4))) throw cutShort(file)
    const length = checkedLength(bytes.int32(), file)
    if (length !== SYNC_ESCAPE) return length
    if (!(await bytes.has(SYNC_BYTES))) throw cutShort(file)
    checkSync(bytes, header, file)
  }
  return undefined
}

function checkedLength(length: number, file: DecodedFile): number {
  if (length < SYNC_ESCAPE || length > MAX_RECORD_BYTES) throw damaged(file)
  return length
}

function checkSync(bytes: ByteReader, { sync }: Header, file: DecodedFile): void {
  if (!bytes.take(SYNC_BYTES).every((byte, i) => byte === sync[i])) throw damaged(file)
}

function pairOf(bytes: ByteReader, length: number, header: Header, file: DecodedFile): [unknown, unknown] {
  const keyLength = bytes.int32()
  if (keyLength < 0 || keyLength > length) throw damaged(file)
  const key = header.key.read(bytes.take(keyLength))
  const value = header.value.read(bytes.take(length - keyLength))
  if (key === undefined || value === undefined) throw damaged(file)
  return [key, value]
}

function typeOf(className: string, file: DecodedFile): Writable {
  const known = Object.values(writables)
  const found = known.find((writable) => writable.className === className)
  if (found) return found
  const names = known.map((writable) => writable.className.slice('org.apache.hadoop.io.'.length))
  throw fileCorrupt(`A SequenceFile has keys or values of a type other than ${names.join(', ')}: ${className}`, file)
}

function cutShort(file: DecodedFile): Error {
  return fileCorrupt('A SequenceFile is cut short', file)
}

function damaged(file: DecodedFile): Error {
  return fileCorrupt('A SequenceFile is damaged', file)
}

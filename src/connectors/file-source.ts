import type { OffsetRange, PlanLimits, SourcePlan } from '../checkpoint/plan.ts'
import type { Json } from '../checkpoint/stored.ts'
import type { Clock } from '../ports/clock.ts'
import type { ListOptions, ObjectInfo, ObjectStore, Storage } from '../ports/object-store.ts'
import type { PlanRequest, RawRecords, Source, SourceMemory, SourceOpener } from '../ports/source.ts'
import { type FileDecoder, fileCorrupt } from '../rdd/formats/decoder.ts'
import { fixedRecords } from '../rdd/formats/fixed-records.ts'
import { type Gunzip, gunzipFile, standardGunzip } from '../rdd/formats/gunzip.ts'
import { readNdjson } from '../rdd/formats/ndjson-format.ts'
import { textLines } from '../rdd/formats/text-lines.ts'
import { isRetryable, messageOf, SluiceError } from '../util/errors.ts'
import { isDamaged } from '../util/object-errors.ts'
import { isFolderKey } from '../util/object-key.ts'
import { directoryMatcher, type FileLocation, fileLocation } from './file/file-location.ts'
import { type FileOptions, fileOptions } from './file/file-options.ts'
import { frontCode, frontDecode } from './file/front-coding.ts'
import {
  fileOfRange,
  isUndecodable,
  type PlannedFile,
  rangeOfFile,
  sourceChanged,
  sourceMissing,
} from './file/planned-file.ts'
import { rawFileRecords } from './file/raw-file-records.ts'

/** Of `ranges` and `next`. */
const PLAN_VERSION = 1
/** In a row, without a byte between them. */
const MAX_FAILURES = 4
const FIRST_PAUSE_MS = 200

/**
 * Opens file streams: every object below a directory (or directories that match a pattern) exactly once, whatever its
 * name and whenever it became visible.
 *
 * @example
 * ```ts
 * const open = fileSourceOpener({ storage, clock })
 * const source = open({ kind: 'file', options: { url: 'data/in', newFilesOnly: false } }, 'in')
 * await source.close()
 * ```
 */
export function fileSourceOpener(environment: FileEnvironment): SourceOpener {
  return (descriptor) => new FileSource(fileOptions(descriptor), environment)
}

export interface FileEnvironment {
  readonly storage: Storage
  readonly clock: Clock
  /** By default what every platform has, which refuses files of several members. */
  readonly gunzip?: Gunzip
}

class FileSource implements Source {
  readonly #options: FileOptions
  readonly #location: FileLocation
  readonly #store: ObjectStore
  readonly #clock: Clock
  readonly #gunzip: Gunzip
  readonly raw?: RawRecords
  /** The directory was not there when a plan asked for it: whatever it holds now is new. */
  #wasMissing = false

  constructor(options: FileOptions, { storage, clock, gunzip = standardGunzip }: FileEnvironment) {
    this.#clock = clock
    this.#gunzip = gunzip
    this.#options = options
    this.#location = fileLocation(options.url)
    this.#store = storage.open(this.#location.base)
    const raw = rawFileRecords(this.#options.format, (file, signal) => this.#content(file, signal))
    if (raw !== undefined) this.raw = raw
  }

  async plan(request: PlanRequest): Promise<SourcePlan> {
    const { position, limits, memory } = request
    const skipAll = this.#options.newFilesOnly && position === undefined && !this.#wasMissing
    const selection = new Selection(limits, this.#options)
    // What a batch of code without this stream has passed over is in its position, and in no memory yet.
    const skipped = new Set([...skippedBy(position)].filter((url) => !memory.has(url)))
    // Nor is what this one takes until a batch of code with the stream has remembered something.
    const isRemembered = memory.size > 0 && skipped.size === 0
    for await (const { url, info } of this.#unread(request)) {
      if (skipped.has(url)) continue
      if (skipAll) skipped.add(url)
      // An empty file has nothing to be read once, and may yet be filled by whoever is writing it.
      else if (info.sizeBytes > 0 && !selection.takes(url, info)) break
    }
    const chosen = selection.chosen()
    if (!isRemembered) for (const { partition } of chosen.ranges) skipped.add(partition)
    const next = skipped.size > 0 ? { skipped: frontCode([...skipped]) } : {}
    return { kind: 'file', version: PLAN_VERSION, ...chosen, next }
  }

  /** What is listed, is accepted and was not read before, by key. */
  async *#unread({ memory, signal }: PlanRequest): AsyncGenerator<{ url: string; info: ObjectInfo }> {
    const { recursive, filter } = this.#options
    const inDirectory = directoryMatcher(this.#location, recursive)
    const flat: ListOptions = this.#location.pattern === undefined && !recursive ? { delimiter: '/' } : {}
    let anything = false
    for await (const page of this.#store.list(this.#location.prefix, flat)) {
      signal.throwIfAborted()
      anything ||= page.length > 0
      for (const info of page) {
        if (isFolderKey(info.key) || !inDirectory(info.key)) continue
        const url = `${this.#store.url}/${info.key}`
        if (!memory.has(url) && filter(url)) yield { url, info }
      }
    }
    if (anything || (await this.#store.exists())) return
    this.#wasMissing = true
    throw directoryMissing(this.#options.url)
  }

  async *read(range: OffsetRange, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    const file = fileOfRange(range)
    const bytes = this.#content(file, signal)
    const { format } = this.#options
    if (format.kind === 'text') yield* textLines(bytes, { url: file.url, maxLineBytes: format.maxLineBytes })
    else if (format.kind === 'ndjson') yield* readNdjson(bytes, file)
    else if (format.kind === 'decoded') yield* decoded(format.decode, bytes, file.url)
    else yield* fixedRecords(bytes, { url: file.url, recordLength: format.recordLength })
  }

  #content(file: PlannedFile, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const stored = this.#bytes(file, signal)
    return file.url.endsWith('.gz') ? gunzipFile(stored, file.url, this.#gunzip) : stored
  }

  /** The bytes that were planned and no others (rule `etag-checked`); goes on where a connection broke. */
  async *#bytes(file: PlannedFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let received = 0
    for (let failures = 0; received < file.sizeBytes; ) {
      try {
        for await (const chunk of await this.#body(file, received)) {
          signal.throwIfAborted()
          received += chunk.length
          // A local file can grow while it is being read.
          if (received > file.sizeBytes) throw sourceChanged(file)
          failures = 0
          yield chunk
        }
        if (received < file.sizeBytes) throw sourceChanged(file)
      } catch (error) {
        // What came before the end may be what was damaged.
        if (!isRetryable(error) || isDamaged(error) || ++failures === MAX_FAILURES) throw error
        await this.#clock.sleep(FIRST_PAUSE_MS * 2 ** (failures - 1), signal)
      }
    }
  }

  async #body(file: PlannedFile, start: number): Promise<AsyncIterable<Uint8Array>> {
    const range = start === 0 ? {} : { range: { start } }
    const object = await this.#store
      .get(this.#keyOf(file), { ifMatch: file.etag, listed: true, ...range })
      .catch((error: unknown) => {
        throw isChanged(error) ? sourceChanged(file, error) : error
      })
    if (object === undefined) throw sourceMissing(file)
    return object.body
  }

  #keyOf({ url }: PlannedFile): string {
    const root = `${this.#store.url}/`
    if (url.startsWith(root)) return url.slice(root.length)
    throw new SluiceError({
      code: 'source-moved',
      kind: 'invalid',
      message: `The planned batch reads a file outside of this stream's directory; set the directory back until the batch is committed, or skip it: ${url} is not below ${root}`,
    })
  }

  isUndecodable(error: unknown): boolean {
    return isUndecodable(error)
  }

  describe(range: OffsetRange, index: number): string {
    return `${this.#options.format.kind === 'text' ? 'line' : 'record'} ${index + 1} of ${range.partition}`
  }

  inputInfo({ ranges }: SourcePlan): Readonly<Record<string, string>> {
    const files = ranges.map(({ partition }) => partition).join('\n')
    return { files, Description: files }
  }

  remember(plan: SourcePlan, memory: SourceMemory): void {
    for (const { partition } of plan.ranges) memory.add(partition)
    for (const url of skippedBy(plan.next)) memory.add(url)
  }

  async close(): Promise<void> {}
}

/** Files in the order of their keys until one does not fit; at least one. */
class Selection {
  readonly #limits: PlanLimits
  readonly #options: FileOptions
  readonly #ranges: OffsetRange[] = []
  #bytes = 0
  #records = 0
  #more = false

  constructor(limits: PlanLimits, options: FileOptions) {
    this.#limits = limits
    this.#options = options
  }

  takes(url: string, info: ObjectInfo): boolean {
    const range = rangeOfFile(url, info, this.#options.format)
    const bytes = this.#bytes + info.sizeBytes
    const records = this.#records + (range.records ?? 0)
    const fits =
      this.#ranges.length < Math.min(this.#options.maxFilesPerBatch, this.#limits.maxFiles) &&
      bytes <= this.#limits.maxBytes &&
      records <= this.#limits.maxRecords
    if (!fits && this.#ranges.length > 0) {
      this.#more = true
      return false
    }
    this.#ranges.push(range)
    this.#bytes = bytes
    this.#records = records
    return true
  }

  chosen(): Pick<SourcePlan, 'ranges' | 'bytes' | 'records' | 'more'> {
    const records = this.#options.format.kind === 'binary-records' ? { records: this.#records } : {}
    return { ranges: this.#ranges, bytes: this.#bytes, ...records, more: this.#more }
  }
}

/** What a user's decoder throws says which file it was reading; what reading its bytes threw counts more than what it made of that. */
async function* decoded(
  decode: FileDecoder<unknown>,
  bytes: AsyncIterable<Uint8Array>,
  url: string,
): AsyncGenerator<readonly unknown[]> {
  let unread: { readonly cause: unknown } | undefined
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes
    } catch (cause) {
      unread = { cause }
      throw cause
    }
  }
  try {
    yield* decode(watched(), { url })
  } catch (error) {
    if (unread !== undefined) throw unread.cause
    if (error instanceof SluiceError) throw error
    throw fileCorrupt(`The decoder of this stream failed: ${messageOf(error)}`, { url }, error)
  }
}

function skippedBy(position: Json | undefined): Iterable<string> {
  const isSaid = typeof position === 'object' && position !== null && 'skipped' in position
  return frontDecode(isSaid ? position.skipped : [])
}

function isChanged(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'object-changed'
}

function directoryMissing(url: string): SluiceError {
  return new SluiceError({
    code: 'directory-missing',
    kind: 'invalid',
    message: `There is no directory for the file stream to read; make it, or correct the URL: ${url}`,
  })
}

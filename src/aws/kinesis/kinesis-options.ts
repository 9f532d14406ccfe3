import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import type { SourceDescriptor } from '../../ports/source.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'

/** Where the first plan of a stream begins. */
export type StreamStart =
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'AT_TIMESTAMP'; readonly timestampMs: number }

/** What a Kinesis stream is told, complete. */
export interface KinesisOptions {
  readonly streamName: string
  /** Later plans begin where the last commit ended. */
  readonly initialPosition: StreamStart
  readonly maxRecordsPerShard: number
  /** What to do when records that were to be read next are gone: fail, or go on with what is there and record the gap. */
  readonly onDataLoss: 'fail' | 'skip'
  /** Makes an element of a record. */
  readonly decode: (record: KinesisRecord) => unknown
  readonly region: string | undefined
}

/** Reads `{ streamName, region?, initialPosition?, maxRecordsPerShard?, onDataLoss?, decode? }`. */
export function kinesisOptions({ options }: SourceDescriptor): KinesisOptions {
  const { maxRecordsPerShard = Number.MAX_SAFE_INTEGER, onDataLoss = 'fail', decode = dataOf, region } = options
  if (typeof maxRecordsPerShard !== 'number' || !Number.isSafeInteger(maxRecordsPerShard) || maxRecordsPerShard < 1) {
    throw badOption('maxRecordsPerShard', 'a whole number above 0', maxRecordsPerShard)
  }
  if (onDataLoss !== 'fail' && onDataLoss !== 'skip') throw badOption('onDataLoss', "'fail' or 'skip'", onDataLoss)
  if (typeof decode !== 'function') throw badOption('decode', 'a function of a record', decode)
  if (region !== undefined && typeof region !== 'string') throw badOption('region', 'a string', region)
  return {
    streamName: streamName(options.streamName),
    initialPosition: initialPosition(options.initialPosition ?? 'LATEST'),
    maxRecordsPerShard,
    onDataLoss,
    decode: (record) => decode(record),
    region,
  }
}

function dataOf({ data }: KinesisRecord): Uint8Array {
  return data
}

function streamName(given: unknown): string {
  // Parameters name places by URL, streams among them.
  const name = typeof given === 'string' ? given.replace(/^kinesis:\/\//, '') : ''
  if (name !== '') return name
  throw badOption('streamName', 'a name', given)
}

function initialPosition(given: unknown): StreamStart {
  if (given === 'LATEST' || given === 'TRIM_HORIZON') return { kind: given }
  const timestamp = typeof given === 'object' && given !== null && 'timestamp' in given ? given.timestamp : undefined
  const timestampMs = timestamp instanceof Date ? timestamp.getTime() : timestamp
  if (typeof timestampMs === 'number' && Number.isFinite(timestampMs)) return { kind: 'AT_TIMESTAMP', timestampMs }
  throw badOption('initialPosition', "'LATEST', 'TRIM_HORIZON' or { timestamp: milliseconds or Date }", given)
}

function badOption(name: string, expected: string, got: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The option ${name} of a Kinesis stream must be ${expected}: ${excerpt(got)}`,
  })
}

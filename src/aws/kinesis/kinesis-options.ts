import type { KinesisRecord } from '../../dstream/sources/kinesis-stream.ts'
import type { SourceDescriptor } from '../../ports/source.ts'
import { SluiceError } from '../../util/errors.ts'

/** What every call names the stream by. */
type StreamId = { readonly StreamName: string } | { readonly StreamARN: string }

export type InitialPosition =
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'AT_TIMESTAMP'; readonly timestampMs: number }

/** What a Kinesis stream is told, complete. */
export interface KinesisOptions {
  readonly stream: StreamId
  /** For messages. */
  readonly streamName: string
  /** Where the first plan starts; later ones start where the last commit ended. */
  readonly initialPosition: InitialPosition
  readonly maxRecordsPerShard: number
  /** What to do when records that were to be read next are gone: fail, or go on with what is there and record the gap. */
  readonly onDataLoss: 'fail' | 'skip'
  /** Makes an element of a record. */
  readonly decode: (record: KinesisRecord) => unknown
  readonly region: string | undefined
}

/** Reads `{ streamName | streamARN, region?, initialPosition?, maxRecordsPerShard?, onDataLoss?, decode? }`. */
export function kinesisOptions({ options }: SourceDescriptor): KinesisOptions {
  const { maxRecordsPerShard = Number.MAX_SAFE_INTEGER, onDataLoss = 'fail', decode = dataOf, region } = options
  if (typeof maxRecordsPerShard !== 'number' || !Number.isSafeInteger(maxRecordsPerShard) || maxRecordsPerShard < 1) {
    throw badOption('maxRecordsPerShard', 'a whole number above 0', maxRecordsPerShard)
  }
  if (onDataLoss !== 'fail' && onDataLoss !== 'skip') throw badOption('onDataLoss', "'fail' or 'skip'", onDataLoss)
  if (typeof decode !== 'function') throw badOption('decode', 'a function of a record', decode)
  if (region !== undefined && typeof region !== 'string') throw badOption('region', 'a string', region)
  return {
    ...streamOf(options),
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

function streamOf({
  streamName,
  streamARN,
}: SourceDescriptor['options']): Pick<KinesisOptions, 'stream' | 'streamName'> {
  if (typeof streamARN === 'string' && streamARN !== '' && streamName === undefined) {
    return { stream: { StreamARN: streamARN }, streamName: streamARN.slice(streamARN.lastIndexOf('/') + 1) }
  }
  if (typeof streamName === 'string' && streamARN === undefined) {
    // Parameters name places by URL, streams among them.
    const name = streamName.replace(/^kinesis:\/\//, '')
    if (name !== '') return { stream: { StreamName: name }, streamName: name }
  }
  throw badOption('streamName or streamARN', 'one of them and a name', streamName ?? streamARN)
}

function initialPosition(given: unknown): InitialPosition {
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
    message: `The option ${name} of a Kinesis stream must be ${expected}: ${typeof got === 'object' ? JSON.stringify(got) : String(got)}`,
  })
}

import { ServiceError } from '../http/service-error.ts'
import { invalidArgument, rateExceeded, throughputExceeded, validation } from './errors.ts'
import { parseHashKey } from './hash-key.ts'
import { type Input, list, optionalText, text } from './input.ts'
import type { Operation } from './operation.ts'
import { ordinalDigits, sequencePrefix, sequenceSuffix } from './sequence-number.ts'
import type { Shard } from './shard.ts'
import type { Stream } from './stream.ts'
import type { Streams } from './streams.ts'

const MAX_RECORDS = 500
const MAX_REQUEST_BYTES = 5 * 1024 * 1024
const MAX_RECORD_BYTES = 1024 * 1024

/** A record of a request that was checked. */
interface Incoming {
  /** Base64, as it came and as it will go out. */
  readonly data: string
  readonly partitionKey: string
  readonly sizeBytes: number
  readonly shard: Shard
}

export const putRecord: Operation = (streams, input) => {
  const stream = streams.of(input)
  const record = incoming(stream, input)
  if (streams.limited && !record.shard.throughput.takeWrite(streams.now(), record.sizeBytes)) {
    throw throughputExceeded(record.shard.id, stream.name)
  }
  const [SequenceNumber] = append(streams, stream, record.shard, [record])
  return { ShardId: record.shard.id, SequenceNumber, EncryptionType: 'NONE' }
}

export const putRecords: Operation = (streams, input, fault) => {
  const stream = streams.of(input)
  const records = checkedRecords(stream, list(input, 'Records'))
  const fails = fault?.kind === 'partial' ? (fault.fails ?? ((index: number) => index % 2 === 1)) : () => false
  const results: object[] = new Array(records.length)
  const accepted = new Map<Shard, number[]>()
  let failed = 0
  for (const [index, { shard, sizeBytes }] of records.entries()) {
    if (fails(index) || (streams.limited && !shard.throughput.takeWrite(streams.now(), sizeBytes))) {
      const ErrorMessage = rateExceeded(shard.id, stream.name)
      results[index] = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage }
      failed += 1
      continue
    }
    const ofShard = accepted.get(shard)
    if (ofShard) ofShard.push(index)
    else accepted.set(shard, [index])
  }
  for (const [shard, indexes] of accepted) {
    const group = indexes.map((index) => records[index] as Incoming)
    const sequenceNumbers = append(streams, stream, shard, group)
    for (const [at, index] of indexes.entries()) {
      results[index] = { SequenceNumber: sequenceNumbers[at], ShardId: shard.id }
    }
  }
  return { FailedRecordCount: failed, Records: results, EncryptionType: 'NONE' }
}

function checkedRecords(stream: Stream, inputs: readonly Input[]): readonly Incoming[] {
  if (inputs.length < 1 || inputs.length > MAX_RECORDS) {
    const rule = inputs.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${MAX_RECORDS}`
    const where = `Value '[${inputs.length} records]' at 'records' failed to satisfy constraint`
    throw validation(`${where}: Member must have length ${rule}`)
  }
  const records = inputs.map((input) => incoming(stream, input))
  const sizeBytes = records.reduce((sum, record) => sum + record.sizeBytes, 0)
  if (sizeBytes > MAX_REQUEST_BYTES) throw invalidArgument('Records size exceeds 5 MB limit')
  return records
}

function incoming(stream: Stream, input: Input): Incoming {
  const data = text(input, 'Data')
  const partitionKey = text(input, 'PartitionKey')
  if (partitionKey.length < 1 || partitionKey.length > 256) {
    const rule = partitionKey.length < 1 ? 'greater than or equal to 1' : 'less than or equal to 256'
    const where = `Value '${partitionKey}' at 'partitionKey' failed to satisfy constraint`
    throw validation(`${where}: Member must have length ${rule}`)
  }
  const sizeBytes = decodedBytes(data) + Buffer.byteLength(partitionKey)
  if (sizeBytes > MAX_RECORD_BYTES) {
    throw validation(
      "Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576 with its partition key",
    )
  }
  return {
    data,
    partitionKey,
    sizeBytes,
    shard: shardFor(stream, partitionKey, optionalText(input, 'ExplicitHashKey')),
  }
}

/** The text goes into answers as it is, so it must hold nothing but base64. */
function decodedBytes(base64: string): number {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new ServiceError(400, 'SerializationException', 'Data is not base64')
  }
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return (base64.length / 4) * 3 - padding
}

function shardFor(stream: Stream, partitionKey: string, explicit: string | undefined): Shard {
  if (explicit === undefined) return stream.router.ofPartitionKey(partitionKey)
  const hashKey = parseHashKey(explicit)
  if (hashKey !== undefined) return stream.router.ofHashKey(hashKey)
  throw invalidArgument(
    `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicit}`,
  )
}

/** Stores records of one shard; answers their sequence numbers. */
function append(streams: Streams, stream: Stream, shard: Shard, records: readonly Incoming[]): readonly string[] {
  const firstOrdinal = stream.takeOrdinals(records.length)
  // The clock may go back; arrival times within a shard must not, or no position could be found by time.
  const arrivalMs = Math.max(streams.now(), shard.log.lastArrivalMs)
  const prefix = sequencePrefix(stream.createdMs)
  const suffix = sequenceSuffix(shard.facts.index)
  const sequenceNumbers: string[] = []
  const lengths: number[] = []
  const sizes: number[] = []
  let json = ''
  for (const { data, partitionKey, sizeBytes } of records) {
    const sequenceNumber = prefix + ordinalDigits(firstOrdinal + sequenceNumbers.length) + suffix
    const before = json.length
    json +=
      `{"SequenceNumber":"${sequenceNumber}","ApproximateArrivalTimestamp":${arrivalMs / 1000},` +
      `"PartitionKey":${asciiJson(partitionKey)},"Data":"${data}"},`
    sequenceNumbers.push(sequenceNumber)
    lengths.push(json.length - before)
    sizes.push(sizeBytes)
  }
  shard.log.append({ firstOrdinal, arrivalMs, text: Buffer.from(json, 'latin1'), lengths, sizes })
  return sequenceNumbers
}

/** As ASCII a character is a byte: lengths need no second look, and the text is copied without being encoded. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

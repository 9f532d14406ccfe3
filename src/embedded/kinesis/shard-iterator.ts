import { ServiceError } from '../http/service-error.ts'
import { invalidArgument } from './errors.ts'

/** What an iterator stands for: the first ordinal that a read may give. */
export interface ShardIterator {
  readonly streamName: string
  /** Tells a stream from a deleted one of the same name. */
  readonly streamCreatedMs: number
  readonly shardIndex: number
  readonly ordinal: number
  readonly issuedMs: number
}

const ITERATOR_LIFE_MS = 300_000

export function encodeIterator(iterator: ShardIterator): string {
  const { streamName, streamCreatedMs, shardIndex, ordinal, issuedMs } = iterator
  return Buffer.from(`it1/${streamName}/${streamCreatedMs}/${shardIndex}/${ordinal}/${issuedMs}`).toString('base64')
}

/** Refuses what this server did not issue, and what it issued too long ago. */
export function decodeIterator(token: string, nowMs: number): ShardIterator {
  const match = /^it1\/([^/]+)\/(\d+)\/(\d+)\/(\d+)\/(\d+)$/.exec(Buffer.from(token, 'base64').toString('latin1'))
  if (!match) throw invalidArgument('Invalid ShardIterator.')
  const [, streamName = '', created, shard, ordinal, issued] = match
  const issuedMs = Number(issued)
  if (nowMs - issuedMs > ITERATOR_LIFE_MS) throw expired(issuedMs, nowMs)
  return { streamName, streamCreatedMs: Number(created), shardIndex: Number(shard), ordinal: Number(ordinal), issuedMs }
}

function expired(issuedMs: number, nowMs: number): ServiceError {
  const message =
    `Iterator expired. The iterator was created at time ${new Date(issuedMs).toUTCString()} while right now it is ` +
    `${new Date(nowMs).toUTCString()} which is further in the future than the tolerated delay of ${ITERATOR_LIFE_MS} milliseconds.`
  return new ServiceError(400, 'ExpiredIteratorException', message)
}

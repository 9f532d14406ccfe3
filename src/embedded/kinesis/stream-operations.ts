import { invalidArgument, validation } from './errors.ts'
import { type Input, optionalInteger, optionalStructure, optionalText, text } from './input.ts'
import type { Operation } from './operation.ts'
import { shardView } from './shard-view.ts'
import type { Stream } from './stream.ts'

const MAX_SHARDS = 10_000
const ON_DEMAND_SHARDS = 4

export const createStream: Operation = (streams, input) => {
  const name = text(input, 'StreamName')
  if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name) || name === '.' || name === '..') {
    const rule = 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+'
    throw validation(`Value '${name}' at 'streamName' failed to satisfy constraint: ${rule}`)
  }
  const shards = optionalInteger(input, 'ShardCount', { min: 1, max: MAX_SHARDS })
  const details = optionalStructure(input, 'StreamModeDetails') ?? {}
  const mode = optionalText(details, 'StreamMode') === 'ON_DEMAND' ? 'ON_DEMAND' : 'PROVISIONED'
  if (mode === 'PROVISIONED' && shards === undefined) {
    throw validation("Value null at 'shardCount' failed to satisfy constraint: Member must not be null")
  }
  streams.create(name, mode, mode === 'ON_DEMAND' ? ON_DEMAND_SHARDS : (shards ?? 1))
  return undefined
}

export const deleteStream: Operation = (streams, input) => {
  streams.delete(streams.of(input))
  return undefined
}

export const describeStream: Operation = (streams, input) => {
  const stream = streams.of(input)
  const limit = optionalInteger(input, 'Limit', { min: 1, max: 10_000 }) ?? 100
  const after = optionalText(input, 'ExclusiveStartShardId') ?? ''
  const shards = stream.shards.filter(({ id }) => id > after)
  const description = {
    ...commonDescription(stream),
    EncryptionType: 'NONE',
    HasMoreShards: shards.length > limit,
    Shards: shards.slice(0, limit).map((shard) => shardView(stream, shard)),
  }
  return { StreamDescription: description }
}

export const describeStreamSummary: Operation = (streams, input) => {
  const stream = streams.of(input)
  const summary = {
    ...commonDescription(stream),
    EncryptionType: 'NONE',
    OpenShardCount: stream.openShards,
    ConsumerCount: 0,
  }
  return { StreamDescriptionSummary: summary }
}

export const listStreams: Operation = (streams, input) => {
  const limit = optionalInteger(input, 'Limit', { min: 1, max: 10_000 }) ?? 100
  const after = optionalText(input, 'ExclusiveStartStreamName') ?? optionalText(input, 'NextToken') ?? ''
  const names = streams.names.filter((name) => name > after)
  const page = names.slice(0, limit)
  const more = names.length > limit
  const StreamSummaries = page.map((name) => {
    const { arn, mode, createdMs } = streams.byName(name)
    const StreamModeDetails = { StreamMode: mode }
    const StreamCreationTimestamp = createdMs / 1000
    return { StreamName: name, StreamARN: arn, StreamStatus: 'ACTIVE', StreamModeDetails, StreamCreationTimestamp }
  })
  return { StreamNames: page, HasMoreStreams: more, StreamSummaries, ...(more && { NextToken: page.at(-1) }) }
}

export const increaseRetention: Operation = (streams, input) => {
  const stream = streams.of(input)
  const hours = retentionHours(input)
  if (hours < stream.retentionHours) throw retentionRefused(stream, hours, 'shorter', 'Increase')
  stream.changeRetention(hours, streams.now())
  return undefined
}

export const decreaseRetention: Operation = (streams, input) => {
  const stream = streams.of(input)
  const hours = retentionHours(input)
  if (hours > stream.retentionHours) throw retentionRefused(stream, hours, 'longer', 'Decrease')
  stream.changeRetention(hours, streams.now())
  return undefined
}

function retentionHours(input: Input): number {
  const hours = optionalInteger(input, 'RetentionPeriodHours', { min: 24, max: 8760 })
  if (hours !== undefined) return hours
  throw validation("Value null at 'retentionPeriodHours' failed to satisfy constraint: Member must not be null")
}

function retentionRefused(stream: Stream, hours: number, than: string, operation: string): Error {
  return invalidArgument(
    `Requested retention period (${hours} hours) for stream ${stream.name} can not be ${than} than existing retention ` +
      `period (${stream.retentionHours} hours). Use ${operation === 'Increase' ? 'Decrease' : 'Increase'}StreamRetentionPeriod API.`,
  )
}

function commonDescription({ name, arn, mode, createdMs, retentionHours }: Stream): object {
  return {
    StreamName: name,
    StreamARN: arn,
    StreamStatus: 'ACTIVE',
    StreamModeDetails: { StreamMode: mode },
    RetentionPeriodHours: retentionHours,
    StreamCreationTimestamp: createdMs / 1000,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
  }
}

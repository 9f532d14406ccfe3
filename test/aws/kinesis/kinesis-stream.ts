import type { TestContext } from 'node:test'
import {
  CreateStreamCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { kinesisSourceOpener } from '../../../src/aws/kinesis/kinesis-source.ts'
import type { KinesisRecord } from '../../../src/dstream/sources/kinesis-stream.ts'
import { type RunningServer, startKinesis } from '../../../src/embedded/index.ts'
import type { Source } from '../../../src/ports/source.ts'
import { FakeClock } from '../../connectors/fake-clock.ts'
import { kinesisClient } from '../../embedded/clients.ts'

/** One stream of an embedded Kinesis whose clock the test moves. */
export class KinesisStream {
  readonly client: KinesisClient
  readonly server: RunningServer
  readonly clock: FakeClock
  readonly name = 'flights'

  private constructor(client: KinesisClient, server: RunningServer, clock: FakeClock) {
    this.client = client
    this.server = server
    this.clock = clock
  }

  static async open(t: TestContext, shards = 1): Promise<KinesisStream> {
    const clock = new FakeClock()
    const server = await startKinesis({ now: () => clock.now() })
    const client = kinesisClient(server.endpoint)
    t.after(async () => {
      client.destroy()
      await server.close()
    })
    const stream = new KinesisStream(client, server, clock)
    await client.send(new CreateStreamCommand({ StreamName: stream.name, ShardCount: shards }))
    return stream
  }

  /** A source as another process would open it. */
  source(options: Record<string, unknown> = {}, clock = this.clock): Source {
    const decode = (record: KinesisRecord) => Buffer.from(record.data).toString()
    const all = { streamName: this.name, initialPosition: 'TRIM_HORIZON', decode, ...options }
    return kinesisSourceOpener(() => this.client, clock)({ kind: 'kinesis', options: all }, 'flights')
  }

  /** Puts records, a millisecond after all before; by hash key, else all into the first shard that there was. */
  async put(texts: readonly string[], hashKey: string | ((index: number) => string) = '0'): Promise<void> {
    this.clock.advance(1)
    for (let start = 0; start < texts.length; start += 500) {
      const Records = texts.slice(start, start + 500).map((text, index) => ({
        Data: Buffer.from(text),
        PartitionKey: 'key',
        ExplicitHashKey: typeof hashKey === 'string' ? hashKey : hashKey(start + index),
      }))
      await this.client.send(new PutRecordsCommand({ StreamName: this.name, Records }))
    }
  }

  async split(shard: string, newStartingHashKey: string): Promise<void> {
    this.clock.advance(1)
    const input = { StreamName: this.name, ShardToSplit: shard, NewStartingHashKey: newStartingHashKey }
    await this.client.send(new SplitShardCommand(input))
  }

  async merge(shard: string, adjacent: string): Promise<void> {
    this.clock.advance(1)
    const input = { StreamName: this.name, ShardToMerge: shard, AdjacentShardToMerge: adjacent }
    await this.client.send(new MergeShardsCommand(input))
  }

  async shardIds(): Promise<string[]> {
    const { Shards = [] } = await this.client.send(new ListShardsCommand({ StreamName: this.name }))
    return Shards.map(({ ShardId = '' }) => ShardId)
  }

  /** What the work between cost, by operation. */
  async calls(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = this.server.calls.snapshot().kinesis
    await work()
    const after = Object.entries(this.server.calls.snapshot().kinesis)
    return Object.fromEntries(
      after.map(([name, count]) => [name, count - (before[name] ?? 0)] as const).filter(([, count]) => count > 0),
    )
  }
}

export function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`
}

/** The first key of the upper half of all hash keys. */
export const MIDDLE = (1n << 127n).toString()

export function numbered(count: number, prefix = 'r'): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

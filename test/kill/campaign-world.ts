import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, DescribeStreamSummaryCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { Clients, type Endpoints } from '../../src/aws/clients.ts'
import { DynamoHeadRegister, HEAD_TABLE } from '../../src/aws/dynamo-head-register.ts'
import { openS3Storage } from '../../src/aws/s3-storage.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { startEmbeddedCloud } from '../../src/embedded/index.ts'
import { SystemClock } from '../../src/local/system-clock.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { Random } from '../../src/util/random.ts'

const STREAM = 'records'
const SHARDS = 2
const KEYS = 7
const INPUT = 's3://data/in'
const VOCABULARY = 400
const WORDS_A_FILE = 60
export const APPLICATIONS = ['files', 'records'] as const

/** One of the runs that are compared: each has its own checkpoint, table and outputs, all have the same inputs. */
export type RunName = 'killed' | 'undisturbed'

/** The embedded cloud with the inputs of a campaign, talked to without faults. */
export class CampaignWorld {
  readonly endpoints: Required<Endpoints>
  readonly #clients: Clients
  readonly #random: Random
  readonly #close: () => Promise<void>
  #files = 0
  #records = 0

  private constructor(endpoints: Required<Endpoints>, seed: number, close: () => Promise<void>) {
    this.endpoints = endpoints
    this.#clients = new Clients({ endpoints, environment: {} })
    this.#random = new Random(seed, 2)
    this.#close = close
  }

  static async start(seed: number): Promise<CampaignWorld> {
    const cloud = await startEmbeddedCloud()
    const world = new CampaignWorld(cloud.endpoints, seed, () => cloud.close())
    await world.#prepare()
    return world
  }

  async #prepare(): Promise<void> {
    const { s3, dynamodb, kinesis } = this.#clients
    for (const Bucket of ['data', 'killed', 'undisturbed']) await s3.send(new CreateBucketCommand({ Bucket }))
    for (const TableName of ['killed', 'undisturbed'])
      await dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName }))
    await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: SHARDS }))
    const active = async () => {
      const found = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: STREAM }))
      return found.StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
    }
    while (!(await active())) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  places(run: RunName) {
    return { input: INPUT, stream: STREAM, output: `s3://${run}/out`, checkpoint: `s3://${run}/checkpoint`, table: run }
  }

  /** How many files there are, and how many records. */
  get given(): { readonly files: number; readonly records: number } {
    return { files: this.#files, records: this.#records }
  }

  async addFiles(count: number): Promise<void> {
    const store = this.#open(INPUT)
    for (let i = 0; i < count; i++) {
      const words = Array.from({ length: WORDS_A_FILE }, () => `w${Math.floor(VOCABULARY * this.#random.next() ** 2)}`)
      await store.put(`words-${String(this.#files).padStart(6, '0')}.txt`, encode(`${words.join(' ')}\n`))
      this.#files++
    }
  }

  /** Each is its key and its number among all; those of one key keep their order. */
  async addRecords(count: number): Promise<void> {
    const Records = Array.from({ length: count }, (_, i) => {
      const number = this.#records + i
      return { PartitionKey: `k${number % KEYS}`, Data: encode(`k${number % KEYS} ${number}`) }
    })
    await this.#clients.kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
    this.#records += count
  }

  head(run: RunName, app: (typeof APPLICATIONS)[number]): Promise<Head | undefined> {
    return new DynamoHeadRegister({ clients: this.#clients, table: run, clock: new SystemClock() }).read(app)
  }

  /** Every object that a run made visible, by its name. */
  async outputs(run: RunName): Promise<ReadonlyMap<string, string>> {
    const store = this.#open(`s3://${run}/out`)
    const found = new Map<string, string>()
    for await (const page of store.list(''))
      for (const { key } of page) {
        const bytes = await (await store.get(key))?.bytes()
        found.set(key, new TextDecoder().decode(bytes))
      }
    return found
  }

  async close(): Promise<void> {
    this.#clients.destroy()
    await this.#close()
  }

  #open(url: string): ObjectStore {
    return openS3Storage(this.#clients).open(url)
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

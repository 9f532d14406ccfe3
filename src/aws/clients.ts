import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { S3Client } from '@aws-sdk/client-s3'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { BoundedHandler } from './bounded-handler.ts'
import { CallTime } from './call-time.ts'

/** Where the services are, and who asks. */
export interface ClientOptions {
  /** Default: what the AWS SDK finds (`AWS_REGION`, the profile); with an endpoint override `us-east-1`. */
  readonly region?: string
  /** An emulator's address for all services, or one for each; default: `AWS_ENDPOINT_URL`, else AWS. */
  readonly endpoint?: string
  readonly endpoints?: Endpoints
  /** Default: what the AWS SDK finds; on this machine's own addresses any will do. */
  readonly credentials?: Credentials
  readonly environment?: Readonly<Record<string, string | undefined>>
}

const FORM: OptionsForm<ClientOptions> = {
  example: "{ region: 'eu-central-1' }",
  names: { region: true, endpoint: true, endpoints: true, credentials: true, environment: true },
}

export type Endpoints = Partial<Record<Service, string>>
type Service = 's3' | 'dynamodb' | 'kinesis'

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/**
 * How long to wait, in milliseconds: for a connection, for an answer, for the next bytes. An item is written in
 * milliseconds, so seconds without an answer mean that it is lost; a part of 8 MiB takes its time on a slow line, S3 may be
 * silent while it copies, and GetRecords may answer with 10 MB. An invocation's end comes before them (`CallTime`).
 */
const TIMEOUTS = {
  s3: { connectionTimeout: 3_000, requestTimeout: 60_000, socketTimeout: 60_000 },
  dynamodb: { connectionTimeout: 2_000, requestTimeout: 5_000, socketTimeout: 5_000 },
  kinesis: { connectionTimeout: 3_000, requestTimeout: 20_000, socketTimeout: 20_000 },
} as const

/** Files read and parts written at once, over all tasks of a process, each hold one connection. */
const MAX_SOCKETS = 100

/**
 * The one place where clients are made: lazily, and once each. Options that there are none of are refused with code
 * `bad-option`: without its endpoint, a test would speak to AWS.
 *
 * @example
 * ```ts
 * import { PutObjectCommand } from '@aws-sdk/client-s3'
 *
 * const clients = new Clients({ endpoints: cloud.endpoints })
 * await clients.s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'in/song.txt', Body: 'row row' }))
 * clients.destroy()
 * ```
 */
export class Clients {
  readonly #options: ClientOptions
  readonly #time: CallTime
  #s3: S3Client | undefined
  #dynamodb: DynamoDBClient | undefined
  #dynamodbOnce: DynamoDBClient | undefined
  #kinesis: KinesisClient | undefined

  /** `time` is of the invocations that the clients are for; elsewhere calls have the time that they take. */
  constructor(options: ClientOptions = {}, time: CallTime = new CallTime()) {
    this.#options = optionObject(options, 'Clients', FORM)
    this.#time = time
  }

  /** The client of S3. */
  get s3(): S3Client {
    this.#s3 ??= this.#newS3()
    return this.#s3
  }

  /** The client of DynamoDB, which repeats what failed. */
  get dynamodb(): DynamoDBClient {
    this.#dynamodb ??= new DynamoDBClient(this.#settings('dynamodb'))
    return this.#dynamodb
  }

  /** Sends every request once: for conditional writes, whose second sending would meet the effect of the first. */
  get dynamodbOnce(): DynamoDBClient {
    this.#dynamodbOnce ??= new DynamoDBClient({ ...this.#settings('dynamodb'), maxAttempts: 1 })
    return this.#dynamodbOnce
  }

  /** Over HTTP/1.1; the client's own default, HTTP/2, is what emulators do not speak. */
  get kinesis(): KinesisClient {
    this.#kinesis ??= new KinesisClient(this.#settings('kinesis'))
    return this.#kinesis
  }

  /** Closes the connections. */
  destroy(): void {
    for (const client of [this.#s3, this.#dynamodb, this.#dynamodbOnce, this.#kinesis]) client?.destroy()
  }

  #newS3(): S3Client {
    const settings = this.#settings('s3')
    // Emulators have no host name per bucket.
    return new S3Client({ ...settings, forcePathStyle: 'endpoint' in settings })
  }

  #settings(service: Service) {
    const { region, credentials } = this.#options
    const environment = this.#options.environment ?? process.env
    const endpoint = this.#endpoint(service, environment)
    const sockets = { keepAlive: true, maxSockets: MAX_SOCKETS }
    const timeouts = TIMEOUTS[service]
    const handler = { ...timeouts, throwOnRequestTimeout: true, httpAgent: sockets, httpsAgent: sockets }
    const purpose = service === 'dynamodb' ? 'head' : 'work'
    return {
      requestHandler: new BoundedHandler(handler, () => this.#time.bounds(purpose, timeouts.requestTimeout)),
      ...(endpoint === undefined ? given({ region, credentials }) : {}),
      ...(endpoint === undefined ? {} : emulated(endpoint, { region, credentials }, environment)),
    }
  }

  #endpoint(service: Service, environment: Readonly<Record<string, string | undefined>>): string | undefined {
    const { endpoint, endpoints } = this.#options
    const ofService = environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`]
    return endpoints?.[service] ?? endpoint ?? (ofService || environment.AWS_ENDPOINT_URL || undefined)
  }
}

interface Identity {
  readonly region: string | undefined
  readonly credentials: Credentials | undefined
}

function given({ region, credentials }: Identity) {
  return { ...(region !== undefined && { region }), ...(credentials !== undefined && { credentials }) }
}

/** An emulator here needs neither an account nor a region; without these the SDK would look for an account for seconds. */
function emulated(
  endpoint: string,
  { region, credentials }: Identity,
  environment: Readonly<Record<string, string | undefined>>,
) {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE } = environment
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(endpoint).hostname)
  const anyWillDo = isHere && !AWS_ACCESS_KEY_ID && !AWS_PROFILE
  return {
    endpoint,
    region: region ?? (AWS_REGION || AWS_DEFAULT_REGION || 'us-east-1'),
    ...given({
      region: undefined,
      credentials: credentials ?? (anyWillDo ? { accessKeyId: 'test', secretAccessKey: 'test' } : undefined),
    }),
  }
}

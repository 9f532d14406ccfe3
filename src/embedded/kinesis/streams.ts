import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '../../util/errors.ts'
import { ServiceError } from '../http/service-error.ts'
import { readFileIfThere } from '../storage/atomic-file.ts'
import { ACCOUNT, invalidArgument, shardNotFound, streamNotFound } from './errors.ts'
import { type Input, optionalText } from './input.ts'
import { type Shard, shardIndex } from './shard.ts'
import { newStream, Stream, type StreamFacts, type StreamMode, streamFile } from './stream.ts'

/** All streams, and what every operation needs to know. */
export class Streams {
  readonly now: () => number
  /** Whether the limits of real shards are enforced. */
  readonly limited: boolean
  readonly #directory: string | undefined
  readonly #streams = new Map<string, Stream>()

  constructor({ now, limited, directory }: { now: () => number; limited: boolean; directory: string | undefined }) {
    this.now = now
    this.limited = limited
    this.#directory = directory
    if (directory !== undefined) this.#recover(directory)
  }

  get names(): readonly string[] {
    return [...this.#streams.keys()].sort()
  }

  create(name: string, mode: StreamMode, shards: number): void {
    if (this.#streams.has(name)) {
      const message = `Stream ${name} under account ${ACCOUNT} already exists.`
      throw new ServiceError(400, 'ResourceInUseException', message)
    }
    const directory = this.#directory === undefined ? undefined : join(this.#directory, name)
    const stream = new Stream(newStream(name, mode, { shards, createdMs: this.now() }), directory)
    stream.save()
    this.#streams.set(name, stream)
  }

  delete(stream: Stream): void {
    this.#streams.delete(stream.name)
    stream.remove()
  }

  byName(name: string): Stream {
    const stream = this.#streams.get(name)
    if (!stream) throw streamNotFound(name)
    stream.trim(this.now())
    return stream
  }

  /** The stream that `StreamName` or `StreamARN` names. */
  of(input: Input): Stream {
    return this.byName(streamNameOf(input))
  }

  shardOf(stream: Stream, id: string): Shard {
    const index = shardIndex(id)
    const shard = index === undefined ? undefined : stream.shard(index)
    if (!shard) throw shardNotFound(id, stream.name)
    return shard
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close()
  }

  #recover(directory: string): void {
    mkdirSync(directory, { recursive: true })
    for (const name of readdirSync(directory)) {
      const home = join(directory, name)
      const facts = readFileIfThere(streamFile(home))
      // A kill while a stream was created or deleted: it was not acknowledged, or is to go.
      if (facts === undefined) rmSync(home, { recursive: true, force: true })
      else this.#streams.set(name, new Stream(parseFacts(facts, home), home))
    }
  }
}

function parseFacts(facts: Buffer, home: string): StreamFacts {
  try {
    return JSON.parse(facts.toString('utf8')) as StreamFacts
  } catch (cause) {
    const message = `a file of the embedded cloud is damaged; delete its directory to start over: ${streamFile(home)}`
    throw new SluiceError({ code: 'log-damaged', kind: 'data', message, cause })
  }
}

/** The name that `StreamName` or `StreamARN` gives. */
export function streamNameOf(input: Input): string {
  const name = optionalText(input, 'StreamName')
  if (name !== undefined) return name
  const arn = optionalText(input, 'StreamARN')
  if (arn === undefined) throw invalidArgument('Either StreamARN or StreamName must be provided.')
  const found = /^arn:aws[^:]*:kinesis:[^:]*:[^:]*:stream\/([a-zA-Z0-9_.-]+)$/.exec(arn)?.[1]
  if (found === undefined) throw invalidArgument(`StreamARN ${arn} is not the ARN of a stream.`)
  return found
}

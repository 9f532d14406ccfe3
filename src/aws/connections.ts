import type { KinesisClient } from '@aws-sdk/client-kinesis'
import type { Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { SourceOpener } from '../ports/source.ts'
import type { Opener } from '../util/by-scheme.ts'
import type { CallTime } from './call-time.ts'
import { type ClientOptions, Clients } from './clients.ts'
import { kinesisSourceOpener } from './kinesis/kinesis-source.ts'
import { s3Scheme } from './s3-storage.ts'

export interface CloudConnections {
  readonly schemes: { readonly s3: Opener<ObjectStore> }
  readonly kinesis: SourceOpener
}

/** S3 and Kinesis for a process that is not in the cloud itself, at AWS or at an emulator. Makes no call. */
export function connectCloud({ clock, ...options }: ClientOptions & { readonly clock: Clock }): CloudConnections {
  return {
    schemes: { s3: s3Scheme(new Clients(options)) },
    kinesis: kinesisSourceOpener(kinesisByRegion(options), clock),
  }
}

/** A stream may be in another region than everything else. */
export function kinesisByRegion(
  options: ClientOptions,
  time?: CallTime,
): (region: string | undefined) => KinesisClient {
  const clients = new Map<string | undefined, Clients>()
  return (region) => {
    const found = clients.get(region) ?? new Clients(region === undefined ? options : { ...options, region }, time)
    clients.set(region, found)
    return found.kinesis
  }
}

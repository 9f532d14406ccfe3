import type { SourceDescriptor } from '../../ports/source.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { Receiver } from '../receiver.ts'

/** How bytes that arrive become elements. Called anew for each connection. */
export type SocketConverter<T> = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<T> | Iterable<T>

/** What a socket receiver connects to, and what it takes its bytes for. */
export interface SocketSourceOptions {
  readonly host: string
  readonly port: number
  readonly format: 'lines' | 'blocks' | SocketConverter<unknown>
}

export function receiverSource(receiver: Receiver<never>): SourceDescriptor {
  if (receiver instanceof Receiver) return { kind: 'receiver', options: { receiver } }
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `A receiver stream needs an instance of a class that extends Receiver: ${excerpt(receiver)}`,
  })
}

export function socketSource({ host, port, format }: SocketSourceOptions): SourceDescriptor {
  if (typeof host !== 'string' || host === '') throw badAddress(host, port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw badAddress(host, port)
  if (format !== 'lines' && format !== 'blocks' && typeof format !== 'function') throw badConverter(format)
  return { kind: 'socket', options: { host, port, format } }
}

function badAddress(host: unknown, port: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `A socket stream needs a host and a port from 1 to 65535, as in socketTextStream('localhost', 9999): ${excerpt(host)}:${excerpt(port)}`,
  })
}

function badConverter(got: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `A socket stream needs a function that makes elements of bytes, as in socketStream('localhost', 9999, async function* (bytes) { … }): ${excerpt(got)}`,
  })
}

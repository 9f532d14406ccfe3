import type { Clock } from '../ports/clock.ts'
import type { Storage } from '../ports/object-store.ts'
import type { SinkOpener } from '../ports/sink.ts'
import type { SourceOpener } from '../ports/source.ts'
import type { Gunzip } from '../rdd/formats/gunzip.ts'
import { SluiceError } from '../util/errors.ts'
import { openComputedSource } from './computed-source.ts'
import { fileSourceOpener } from './file-source.ts'
import { filesSinkOpener } from './files-sink.ts'
import { printSinkOpener } from './print-sink.ts'
import { openQueueSource } from './queue-source.ts'
import { openReceiverSource, refuseReceivers } from './receiver/receiver-source.ts'

export interface Connections {
  /** Opens the places that file streams read and file outputs write. */
  readonly storage: Storage
  readonly clock: Clock
  /** Where `print()` writes. */
  readonly write: (text: string) => void | Promise<void>
  /** What opens Kinesis streams, where there is a client for them. */
  readonly kinesis?: SourceOpener | undefined
  /** What opens sockets, where a process stays up to listen: only there, receivers run. */
  readonly socket?: SourceOpener | undefined
  /** What takes `.gz` files apart; by default what every platform has, which refuses files of several members. */
  readonly gunzip?: Gunzip | undefined
}

/** What opens each kind of source and sink that a graph may name. */
export function openers({ storage, clock, write, kinesis, socket, gunzip }: Connections): {
  readonly openSource: SourceOpener
  readonly openSink: SinkOpener
} {
  const file = fileSourceOpener({ storage, clock, ...(gunzip ? { gunzip } : {}) })
  const none = refuseReceivers('this place')
  const receivers = { socket: socket ?? none, receiver: socket ? openReceiverSource : none }
  const sources = {
    file,
    queue: openQueueSource,
    computed: openComputedSource,
    ranged: openComputedSource,
    ...receivers,
    ...(kinesis ? { kinesis } : {}),
  }
  const files = filesSinkOpener(storage)
  // Earlier releases named the output of text files so in what they left committed and not yet published.
  const sinks = { files, print: printSinkOpener(write), text: files }
  return {
    openSource: (descriptor, uid, surroundings) =>
      ofKind(sources, descriptor.kind, 'source')(descriptor, uid, surroundings),
    openSink: (descriptor, output) => ofKind(sinks, descriptor.kind, 'sink')(descriptor, output),
  }
}

function ofKind<T>(known: Readonly<Record<string, T>>, kind: string, what: string): T {
  const opener = Object.hasOwn(known, kind) ? known[kind] : undefined
  if (opener !== undefined) return opener
  throw new SluiceError({
    code: `unknown-${what}`,
    kind: 'invalid',
    message: `Nothing here opens a ${what} of this kind; there are ${Object.keys(known).join(', ')}: ${kind}`,
  })
}

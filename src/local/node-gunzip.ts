import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Decompresses gzip with Node's own means, files of several members (what Firehose and log rotation write) included. */
export async function* nodeGunzip(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(compressed, { objectMode: false })
  const unpacked = createGunzip()
  source.on('error', (error) => unpacked.destroy(error))
  try {
    yield* source.pipe(unpacked) as AsyncIterable<Uint8Array>
  } finally {
    source.destroy()
    unpacked.destroy()
  }
}

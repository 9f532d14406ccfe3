import { SluiceError } from '../../util/errors.ts'

/** Decompresses gzip as it is read. */
export type Gunzip = (compressed: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/** What is not gzip, or ends early, is an error with code `source-corrupt`; a failure of the input stays what it is. */
export async function* gunzipFile(
  compressed: AsyncIterable<Uint8Array>,
  url: string,
  gunzip: Gunzip,
): AsyncGenerator<Uint8Array> {
  // Streams wrap what their input throws, so it is kept beside them.
  const input: { failure?: unknown } = {}
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* compressed
    } catch (error) {
      input.failure = error
      throw error
    }
  }
  try {
    yield* gunzip(watched())
  } catch (error) {
    if (input.failure !== undefined) throw input.failure
    throw new SluiceError({
      code: 'source-corrupt',
      kind: 'data',
      message: `A file named .gz cannot be decompressed; replace it by a whole one, or skip the batch: ${url}`,
      cause: error,
    })
  }
}

/** By the web standard's own means, which refuse a file of several members; platforms that can do more pass their own. */
export async function* standardGunzip(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = streamOf(compressed).pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function streamOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<BufferSource> {
  const iterator = bytes[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const next = await iterator.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

import { type FileHandle, open } from 'node:fs/promises'
import type { ObjectInfo, StoredObject } from '../../ports/object-store.ts'
import type { SluiceError } from '../../util/errors.ts'
import { fileError, isAbsent } from './file-error.ts'
import { objectInfo } from './file-etag.ts'

const CHUNK_BYTES = 256 * 1024

interface Reading {
  readonly path: string
  readonly info: ObjectInfo
  /** Within the object's size. */
  readonly start: number
  readonly end: number
  /** What to reject with when the file turns out to be another. */
  readonly changed: () => SluiceError
}

/**
 * The bytes of a file, which is opened only when they are asked for, so that nothing stays open if they never are. The
 * file is checked against `info` before and after: a program that writes in place must not make up a mixed object.
 */
export function fileBody(reading: Reading): StoredObject {
  return {
    info: reading.info,
    body: { [Symbol.asyncIterator]: () => chunks(reading) },
    async bytes() {
      const bytes = Buffer.allocUnsafeSlow(reading.end - reading.start)
      let filled = 0
      for await (const chunk of chunks(reading)) {
        bytes.set(chunk, filled)
        filled += chunk.length
      }
      return bytes
    },
  }
}

async function* chunks(reading: Reading): AsyncGenerator<Uint8Array> {
  const { path, start, end } = reading
  const handle = await openUnchanged(reading)
  try {
    for (let position = start; position < end; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - position))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) throw reading.changed()
      position += bytesRead
      if (position === end) await assertUnchanged(handle, reading)
      yield buffer.subarray(0, bytesRead)
    }
  } catch (error) {
    throw fileError(error, path)
  } finally {
    await handle.close()
  }
}

async function openUnchanged(reading: Reading): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(reading.path, 'r')
  } catch (error) {
    throw isAbsent(error) ? reading.changed() : fileError(error, reading.path)
  }
  try {
    await assertUnchanged(handle, reading)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function assertUnchanged(handle: FileHandle, { info, changed }: Reading): Promise<void> {
  const stats = await handle.stat({ bigint: true })
  if (objectInfo(info.key, stats).etag !== info.etag) throw changed()
}

import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { fromBase64 } from '../../util/base64.ts'
import { checksumText, crc32c, crc32cHex } from '../../util/crc32c.ts'
import { SluiceError } from '../../util/errors.ts'
import { ObjectMissingError } from '../../util/object-errors.ts'

/** The bytes that wait in the manifest, `undefined` if they wait in an object; rejects those that are not what was staged. */
export function inlineBytes(file: StagedFile): Uint8Array | undefined {
  if (file.at.kind === 'object') return undefined
  const bytes = file.at.kind === 'text' ? new TextEncoder().encode(file.at.text) : fromBase64(file.at.data)
  if (bytes.length !== file.sizeBytes || crc32cHex(bytes) !== file.crc32c) throw stagedDamaged(file, 'the manifest')
  return bytes
}

/** The bytes of a staged object; ends with an error, not with the end, if they are not what was staged. */
export async function* objectBytes(file: StagedFile, store: ObjectStore, key: string): AsyncGenerator<Uint8Array> {
  const url = `${store.url}/${key}`
  const object = await store.get(key)
  if (object === undefined) throw stagedMissing(url)
  let sizeBytes = 0
  let crc = 0
  for await (const chunk of object.body) {
    sizeBytes += chunk.length
    crc = crc32c(chunk, crc)
    yield chunk
  }
  if (sizeBytes !== file.sizeBytes || checksumText(crc) !== file.crc32c) throw stagedDamaged(file, url)
}

/** The scheduler reads the head again: somebody else has moved on and collected it, or the checkpoint is damaged. */
export function stagedMissing(url: string, cause?: unknown): ObjectMissingError {
  return new ObjectMissingError({
    code: 'staged-missing',
    message: `Output that was committed is gone from the checkpoint before it was published; restore it from a backup: ${url}`,
    url,
    cause,
  })
}

export function stagedDamaged(file: StagedFile, where: string): SluiceError {
  return new SluiceError({
    code: 'staged-damaged',
    kind: 'data',
    message: `Output that was committed does not have the size or checksum that it was staged with; restore the checkpoint from a backup: ${file.name} in ${where}`,
  })
}

import type { ObjectStore } from '../../ports/object-store.ts'
import { checksumText, crc32c } from '../../util/crc32c.ts'

/** The checksum of an object's bytes, `undefined` if there is none. */
export async function storedChecksum(store: ObjectStore, key: string): Promise<string | undefined> {
  const object = await store.get(key)
  if (object === undefined) return undefined
  let crc = 0
  for await (const chunk of object.body) crc = crc32c(chunk, crc)
  return checksumText(crc)
}

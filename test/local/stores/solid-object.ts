import assert from 'node:assert/strict'

const BASE_BYTES = 300_000

/** Both length and content tell the version, so that neither a short nor a mixed object passes for one. */
export function solidObject(version: number): Buffer {
  return Buffer.alloc(BASE_BYTES + version, version % 251)
}

export function versionOf(bytes: Uint8Array): number {
  const version = bytes.length - BASE_BYTES
  assert.ok(version >= 0 && solidObject(version).equals(bytes), `no whole object: ${bytes.length} bytes`)
  return version
}

import assert from 'node:assert/strict'
import type { ObjectInfo, ObjectStore } from '../../src/ports/object-store.ts'

export function pattern(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE((Math.imul(i + seed, 2654435761) >>> 0) % 4294967291, i)
  return bytes
}

export function text(value: string): Buffer {
  return Buffer.from(value)
}

export async function textOf(stored: { bytes(): Promise<Uint8Array> } | undefined): Promise<string | undefined> {
  return stored === undefined ? undefined : Buffer.from(await stored.bytes()).toString()
}

export async function collect(stored: { readonly body: AsyncIterable<Uint8Array> } | undefined): Promise<Buffer> {
  assert.ok(stored)
  const chunks: Uint8Array[] = []
  for await (const chunk of stored.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export function identity(info: ObjectInfo | undefined): Partial<ObjectInfo> {
  return { key: info?.key ?? 'none', sizeBytes: info?.sizeBytes ?? -1, etag: info?.etag ?? 'none' }
}

export async function infosOf(store: ObjectStore, ...query: Parameters<ObjectStore['list']>): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = []
  for await (const page of store.list(...query)) infos.push(...page)
  return infos
}

export async function keysOf(store: ObjectStore, ...query: Parameters<ObjectStore['list']>): Promise<string[]> {
  return (await infosOf(store, ...query)).map(({ key }) => key)
}

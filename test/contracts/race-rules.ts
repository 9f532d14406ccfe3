import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ObjectInfo, ObjectStore } from '../../src/ports/object-store.ts'
import { collect, keysOf, pattern } from './object-content.ts'
import type { Rule } from './object-store-subject.ts'
import { isSluiceError } from './rejection.ts'

export function raceRules(rule: Rule): void {
  rule('a reader beside racing writers sees whole objects only', async ({ store, again }) => {
    await store.put('shared', solid(0))
    let writing = true
    const write = async (writer: ObjectStore, from: number) => {
      for (let i = 0; i < 15; i++) await writer.put('shared', solid(from + i))
    }
    const read = async (reader: ObjectStore) => {
      while (writing) assertSolid(await bytesUnlessReplaced(reader))
    }
    const writers = Promise.all([write(store, 1), write(again(), 100)]).finally(() => {
      writing = false
    })
    await Promise.all([writers, read(store), read(again())])
  })
  rule('any sequence of writes, copies and deletions leaves what a map would hold', async ({ elsewhere }) => {
    const key = fc.constantFrom('a', 'b', 'c/1', 'c/2', 'd/e/f', 'd/g')
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, size: fc.nat(2000) }),
      fc.record({ kind: fc.constant('upload' as const), key, size: fc.nat(2000) }),
      fc.record({ kind: fc.constant('delete' as const), key, size: fc.constant(0) }),
      fc.record({ kind: fc.constant('copy' as const), key, size: fc.constant(0), from: key }),
    )
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const store = elsewhere()
      const model = new Map<string, Buffer>()
      for (const [i, each] of steps.entries()) await applyStep(store, model, { ...each, bytes: pattern(each.size, i) })
      assert.deepEqual(await keysOf(store, ''), [...model.keys()].sort())
      for (const [name, bytes] of model) assert.ok((await collect(await store.get(name))).equals(bytes))
    })
    await fc.assert(property, { numRuns: 15 })
  })
}

interface Step {
  readonly kind: 'put' | 'upload' | 'delete' | 'copy'
  readonly key: string
  readonly from?: string
  readonly bytes: Buffer
}

async function applyStep(store: ObjectStore, model: Map<string, Buffer>, step: Step): Promise<void> {
  const { kind, key, from = '', bytes } = step
  if (kind === 'delete') {
    await store.delete([key])
    model.delete(key)
  } else if (kind === 'copy') {
    const source = model.get(from)
    if (source === undefined) return void (await assert.rejects(store.copy({ store, key: from }, key)))
    await store.copy({ store, key: from }, key)
    model.set(key, source)
  } else {
    if (kind === 'put') await store.put(key, bytes)
    else await uploadAll(store, key, bytes)
    model.set(key, bytes)
  }
}

async function uploadAll(store: ObjectStore, key: string, bytes: Buffer): Promise<ObjectInfo> {
  const upload = store.upload(key)
  for (let at = 0; at < bytes.length; at += 700) await upload.write(bytes.subarray(at, at + 700))
  return upload.complete()
}

/** A read that finds the object replaced halfway may say so, which is what a caller can act on; it may not mix. */
async function bytesUnlessReplaced(store: ObjectStore): Promise<Uint8Array | undefined> {
  try {
    return await (await store.get('shared'))?.bytes()
  } catch (error) {
    if (isSluiceError(error, 'object-changed', 'retryable')) return undefined
    throw error
  }
}

/** Length and content tell the version, so that neither a short nor a mixed object passes. */
function solid(version: number): Buffer {
  return Buffer.alloc(200_000 + version, version)
}

function assertSolid(bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return
  const version = bytes.length - 200_000
  assert.ok(
    Buffer.alloc(bytes.length, version).equals(bytes),
    `an object of ${bytes.length} bytes is not of one version`,
  )
}

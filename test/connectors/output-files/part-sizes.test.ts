import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PartSizes, StagedFile } from '../../../src/checkpoint/manifest.ts'
import { filesSinkOpener } from '../../../src/connectors/files-sink.ts'
import { partSizes } from '../../../src/connectors/output-files/part-sizes.ts'
import type { ObjectStore, Storage } from '../../../src/ports/object-store.ts'
import { publishWhole } from '../../../src/scheduler/publish.ts'
import { FakeStorage } from '../fake-storage.ts'
import { CHECKPOINT, committed, jobOf, publishContext } from '../output-job.ts'

const MIB = 1024 ** 2
const file = (sizeBytes: number): StagedFile => ({
  name: 'part-00000',
  sizeBytes,
  crc32c: '00000000',
  at: { kind: 'text', text: '' },
})

test('files of one piece need no sizes; pieces grow only where 10,000 of them are not enough', () => {
  assert.equal(partSizes([]), undefined)
  assert.equal(partSizes([file(8 * MIB), file(1)]), undefined)
  assert.deepEqual(partSizes([file(8 * MIB + 1)]), { uploadBytes: 8 * MIB, copyBytes: 256 * MIB })
  assert.deepEqual(partSizes([file(80_000 * MIB)])?.uploadBytes, 8 * MIB)
  assert.deepEqual(partSizes([file(1), file(80_000 * MIB + 1)])?.uploadBytes, 9 * MIB)
})

for (const checkpoint of [CHECKPOINT, 's3://bucket/ck']) {
  test(`whoever publishes a large file is told its pieces by the manifest (${checkpoint})`, async () => {
    const fake = new FakeStorage()
    fake.chunkBytes = MIB
    const told: (PartSizes | undefined)[] = []
    const storage: Storage = { open: (url) => telling(fake.open(url), told) }
    const sink = filesSinkOpener(storage)({ kind: 'files', options: { prefix: 'file:///out' } }, 'counts')
    const line = 'x'.repeat(MIB)
    const staged = committed(
      await sink.stage(jobOf([[[line, line, line, line], Array(5).fill(line)]], fake, { checkpoint })),
    )
    assert.deepEqual(staged.partSizes, { uploadBytes: 8 * MIB, copyBytes: 256 * MIB })
    await publishWhole(sink, staged, publishContext(fake, { checkpoint }))
    assert.deepEqual(told, [staged.partSizes])
    const other = { uploadBytes: 5 * MIB, copyBytes: 6 * MIB }
    await publishWhole(sink, { ...staged, partSizes: other }, publishContext(fake, { checkpoint }))
    assert.deepEqual(told[1], other)
  })
}

/** The same store, which notes the sizes that uploads and copies are asked for. */
function telling(store: ObjectStore, told: (PartSizes | undefined)[]): ObjectStore {
  return {
    url: store.url,
    exists: () => store.exists(),
    put: (key, body) => store.put(key, body),
    putIfAbsent: (key, body) => store.putIfAbsent(key, body),
    get: (key, options) => store.get(key, options),
    head: (key) => store.head(key),
    list: (prefix, options) => store.list(prefix, options),
    delete: (keys) => store.delete(keys),
    upload(key, sizes) {
      told.push(sizes)
      return store.upload(key, sizes)
    },
    copy(from, to, sizes) {
      told.push(sizes)
      return store.copy(from, to, sizes)
    },
  }
}

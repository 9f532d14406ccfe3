import assert from 'node:assert/strict'

/** What a SequenceFile of version 6 holds, field by field. */
export interface ParsedFile {
  readonly keyClass: string
  readonly valueClass: string
  readonly sync: Buffer
  readonly records: readonly { readonly key: Buffer; readonly value: Buffer }[]
  /** Where a sync marker in front of a record begins. */
  readonly syncs: readonly number[]
}

/** A strict reader by Hadoop's description of the format, sharing no code with Sluice's own; refuses any byte too many. */
export function parseSequenceFile(file: Buffer): ParsedFile {
  let at = 0
  const bytes = (count: number): Buffer => {
    assert.ok(at + count <= file.length, `cut short at ${at}`)
    at += count
    return file.subarray(at - count, at)
  }
  const vint = (): number => {
    const first = bytes(1).readInt8()
    if (first >= -112) return first
    assert.ok(first >= -120, 'a length below 0')
    return bytes(-112 - first).readUIntBE(0, -112 - first)
  }
  const text = (): string => bytes(vint()).toString('utf8')
  assert.equal(bytes(3).toString('latin1'), 'SEQ')
  assert.equal(bytes(1).readInt8(), 6)
  const [keyClass, valueClass] = [text(), text()]
  assert.deepEqual([...bytes(2)], [0, 0], 'neither record nor block compression')
  for (let entries = bytes(4).readInt32BE(); entries > 0; entries--) text() && text()
  const sync = bytes(16)
  const records: { key: Buffer; value: Buffer }[] = []
  const syncs: number[] = []
  while (at < file.length) {
    const length = bytes(4).readInt32BE()
    if (length === -1) {
      syncs.push(at - 4)
      assert.ok(bytes(16).equals(sync))
      continue
    }
    const keyLength = bytes(4).readInt32BE()
    assert.ok(keyLength >= 0 && length >= keyLength)
    records.push({ key: bytes(keyLength), value: bytes(length - keyLength) })
  }
  return { keyClass, valueClass, sync, records, syncs }
}

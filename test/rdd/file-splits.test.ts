import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { DataFile } from '../../src/rdd/files/data-file.ts'
import { type FileSplit, groupsOf, recordSplitsOf, splitsOf } from '../../src/rdd/files/file-splits.ts'

const MIB = 1024 * 1024
const store = new MemoryObjectStore()

function file(sizeBytes: number, key = 'a.txt'): DataFile {
  return { store, info: { key, sizeBytes, etag: '1', lastModifiedMs: 0 }, url: `${store.url}/${key}` }
}

const bounds = (splits: readonly FileSplit[]) => splits.map(({ start, end }) => [start, end])

test('a file is cut into as many pieces as partitions are wanted', () => {
  assert.deepEqual(bounds(splitsOf([file(300)], 3)), [
    [0, 100],
    [100, 200],
    [200, 300],
  ])
})

test('a rest of up to a tenth of a split goes with the last one, as in Hadoop; a larger one is a split', () => {
  assert.deepEqual(bounds(splitsOf([file(310), file(290)], 6)), [
    [0, 100],
    [100, 200],
    [200, 310],
    [0, 100],
    [100, 200],
    [200, 290],
  ])
  assert.deepEqual(bounds(splitsOf([file(111), file(89)], 2)), [
    [0, 100],
    [100, 111],
    [0, 89],
  ])
})

test('no split is larger than 128 MiB and its rest, however few partitions are wanted', () => {
  assert.deepEqual(bounds(splitsOf([file(300 * MIB)], 1)), [
    [0, 128 * MIB],
    [128 * MIB, 256 * MIB],
    [256 * MIB, 300 * MIB],
  ])
})

test('a compressed file is one split, and an empty file has one, too', () => {
  assert.deepEqual(bounds(splitsOf([file(300, 'a.gz'), file(0)], 3)), [
    [0, 300],
    [0, 0],
  ])
})

test('files of records are cut between records only, a record larger than a split on its own', () => {
  const length = 3 * MIB
  for (const { start } of recordSplitsOf([file(100 * length)], length)) assert.equal(start % length, 0)
  assert.equal(recordSplitsOf([file(100 * length)], length).length, 3)
  assert.deepEqual(bounds(recordSplitsOf([file(400 * MIB)], 200 * MIB)), [
    [0, 200 * MIB],
    [200 * MIB, 400 * MIB],
  ])
})

test('whole files stand in about as many groups as partitions are wanted, in order, none empty', () => {
  const files = [1, 2, 3, 4, 5].map((size) => file(size))
  const sizes = (wanted: number) => groupsOf(files, wanted).map((group) => group.map(({ info }) => info.sizeBytes))
  assert.deepEqual(sizes(2), [
    [1, 2],
    [3, 4, 5],
  ])
  assert.deepEqual(sizes(9), [[1], [2], [3], [4], [5]])
  assert.deepEqual(groupsOf([], 2), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ShardPosition, StreamPosition } from '../../../src/aws/kinesis/kinesis-position.ts'
import {
  firstPosition,
  nextPosition,
  readableShards,
  type ShardInfo,
  withoutExpired,
} from '../../../src/aws/kinesis/shard-lineage.ts'

const OLDEST: ShardPosition = { at: 'TRIM_HORIZON' }

function shard(id: string, ...parents: string[]): ShardInfo {
  return { id, parents, open: true }
}

function start(...listed: ShardInfo[]): StreamPosition {
  return firstPosition(listed, () => OLDEST)
}

function ended(position: StreamPosition, id: string, ...children: ShardInfo[]): StreamPosition {
  return nextPosition(position, new Map([[id, { position: { after: '7' }, children }]]))
}

test('shards whose parents are listed wait for them; those whose parents have expired do not', () => {
  assert.deepEqual(readableShards(start(shard('a'), shard('b', 'a'), shard('c', 'expired'))), ['a', 'c'])
})

test('the end of a shard makes its children readable and is forgotten', () => {
  const next = ended(start(shard('a')), 'a', shard('b', 'a'), shard('c', 'a'))
  assert.deepEqual(readableShards(next), ['b', 'c'])
  assert.deepEqual(Object.keys(next.shards), ['b', 'c'])
  assert.deepEqual(next.shards.b, { position: OLDEST, parents: ['a'] })
})

test('a merged shard is announced by either parent, begun after both, and not begun again', () => {
  const one = ended(start(shard('a'), shard('b')), 'a', shard('c', 'a', 'b'))
  assert.deepEqual(readableShards(one), ['b'])
  assert.equal(one.shards.a?.endOfShard, true)
  const both = ended(one, 'b', shard('c', 'a', 'b'))
  assert.deepEqual(readableShards(both), ['c'])
  assert.deepEqual(Object.keys(both.shards), ['c'])
})

test('parents that end in the same plan start their child once', () => {
  const end = { position: { after: '7' }, children: [shard('c', 'a', 'b')] }
  const next = nextPosition(
    start(shard('a'), shard('b')),
    new Map([
      ['a', end],
      ['b', end],
    ]),
  )
  assert.deepEqual(next, { shards: { c: { position: OLDEST, parents: ['a', 'b'] } } })
})

test('a child that was listed at the start keeps the position that it was given', () => {
  const listed = [shard('a'), shard('b', 'a')]
  const position = firstPosition(listed, () => ({ atMs: 5 }))
  assert.deepEqual(ended(position, 'a', shard('b', 'a')).shards.b?.position, { atMs: 5 })
})

test('nothing in a child is older than what its parent had still to give', () => {
  const before = { shards: { a: { position: OLDEST, sinceMs: 5 } } }
  const next = nextPosition(before, new Map([['a', { position: OLDEST, sinceMs: 9, children: [shard('b', 'a')] }]]))
  assert.equal(next.shards.b?.sinceMs, 5)
})

test('shards that expired unread give way to their heirs, and shards that were read do not come back', () => {
  const before = { shards: { s3: { position: OLDEST }, s5: { position: OLDEST } } }
  const listed = [shard('s1'), shard('s4', 's3'), shard('s5', 's1'), shard('s6', 's4'), shard('s7', 's5')]
  const next = withoutExpired(before, listed)
  assert.deepEqual(Object.keys(next.shards).sort(), ['s4', 's5', 's6', 's7'])
  assert.deepEqual(readableShards(next), ['s5', 's4'])
})

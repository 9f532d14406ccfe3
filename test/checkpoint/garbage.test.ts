import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import { isGarbage, isReadBlock, objectsNamedIn } from '../../src/checkpoint/garbage.ts'
import {
  attemptOf,
  attemptsPrefix,
  blockKey,
  changelogKey,
  historyKey,
  isShadowOf,
  manifestKey,
  passingShadowsPrefix,
  planKey,
  replayFolder,
  savepointKey,
  shadowKey,
  shadowPrefix,
  snapshotKey,
  stagedKey,
  streamOfBlock,
} from '../../src/checkpoint/names.ts'

const attempt: Attempt = { incarnation: 3, batchTime: 1_700_000_000_000, token: 42 as Token, number: 117 }

const KEYS = [
  planKey('app', attempt),
  manifestKey('app', attempt),
  historyKey('app', attempt),
  changelogKey('app', attempt),
  snapshotKey('app', attempt, 'counts/a.b', 2),
  stagedKey('app', attempt, 'out', 'part-00000'),
  savepointKey('app', attempt),
]

test('every name that an attempt writes under says whose it is, and lies where collection lists', () => {
  for (const key of KEYS) {
    assert.deepEqual(attemptOf(key), attempt, key)
    assert.ok(key.startsWith(attemptsPrefix('app')), key)
  }
})

test('what is no attempt’s is nobody’s garbage: heads, blocks, replays, outputs, files of people', () => {
  const block = blockKey('app', 'in', { session: 's', number: 1, records: 2 })
  const shadow = shadowKey(shadowPrefix('app', 1000, { id: 'id', keep: false }), 'out', 'part-00000')
  const others = [block, shadow, 'app/head.0000000000000001', 'out/words-1000/part-00000', 'app/i1/notes.txt', 'app/i1']
  for (const key of others) {
    assert.equal(attemptOf(key), undefined, key)
    assert.equal(isGarbage({ token: 1_000 as Token, objects: new Set() }, key), false, key)
  }
})

test('garbage has a lower token than the head and is named by nothing', () => {
  const [key = ''] = KEYS
  const garbage = (token: number, named: readonly string[] = []) =>
    isGarbage({ token: token as Token, objects: new Set(named) }, key)
  assert.deepEqual([garbage(41), garbage(42), garbage(43), garbage(43, [key])], [false, false, true, false])
})

test('a block is read if the position of its stream or marks without one say so, and may go if no kept batch has read it', () => {
  const key = blockKey('app', 'in/1.é', { session: '0-a', number: 4, records: undefined })
  assert.equal(streamOfBlock(key), 'in/1.é')
  const read = (positions: Record<string, { consumed: Record<string, number[]> }>, named: readonly string[] = []) =>
    isReadBlock({ token: 1 as Token, objects: new Set(named) }, { positions }, key)
  assert.equal(read({ 'in/1.é': { consumed: { '0-a': [0, 5] } } }), true)
  assert.equal(read({ 'in/1.é': { consumed: { '0-a': [0, 5] } } }, [key]), false)
  assert.equal(read({ 'in/1.é': { consumed: { '0-a': [0, 4] } } }), false)
  assert.equal(read({ 'in/1.é': { consumed: { '0-b': [0, 5] } } }), false)
  assert.equal(read({ other: { consumed: { '0-a': [0, 5] } } }), false)
  const marks = { 'in/1.é': { '0-a': [0, 5] } }
  assert.equal(isReadBlock({ token: 1 as Token, objects: new Set() }, { positions: {}, marks }, key), true)
})

test('objects are found wherever a record names them', () => {
  const ref = (key: string) => ({ key, sizeBytes: 1, crc32c: '00000000' })
  const record = {
    a: ref('1'),
    list: [{ deep: { at: { kind: 'object', ref: ref('2') } } }],
    key: 'not one',
    none: null,
  }
  assert.deepEqual(
    [...objectsNamedIn(record)].map(({ key }) => key),
    ['1', '2'],
  )
})

test('shadows-end: collection sees what replays wrote, by replay, and nothing that was to be kept', () => {
  const key = (keep: boolean) => shadowKey(shadowPrefix('app', 1000, { id: 'host:1', keep }), 'out', 'part-00000')
  assert.ok(key(false).startsWith(passingShadowsPrefix('app')))
  assert.ok(!key(true).startsWith(passingShadowsPrefix('app')))
  assert.equal(replayFolder(key(false)), 'app/shadow/passing/host%3A1/')
  assert.equal(isShadowOf(key(false), 'host:1'), true)
  for (const id of ['1', 'host', ':1', '']) assert.equal(isShadowOf(key(false), id), false, id)
  for (const other of [
    key(true),
    'app/shadow/notes.txt',
    'app/shadow/passing/r/notes.txt',
    'app/shadow/passing/r/b1/',
    'app/shadow/mine/r/out/part-00000',
  ])
    assert.equal(replayFolder(other), undefined, other)
})

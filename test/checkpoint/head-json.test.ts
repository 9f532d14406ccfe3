import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeHead, encodeHead } from '../../src/checkpoint/head-json.ts'
import { bareHead, fullHead } from '../contracts/head-register.contract.ts'
import { isSluiceError } from '../contracts/rejection.ts'

const WHERE = 'dynamodb://heads/app'

test('a head is read as it was written', () => {
  for (const head of [bareHead('app', 1), fullHead('app', 7)])
    assert.deepEqual(decodeHead(encodeHead(head), WHERE), head)
})

test('a head of before collections went on where they were cut off is read as it is', () => {
  const { collectedTo: _, ...before } = fullHead('app', 7)
  assert.deepEqual(decodeHead(JSON.stringify(before), WHERE), before)
})

test('fields that a later version may add are kept', () => {
  const text = JSON.stringify({ ...bareHead('app', 1), added: { later: true } })
  assert.equal(encodeHead(decodeHead(text, WHERE)), text)
})

test('text that is no head is damage, and the message says where and which field', () => {
  const head = fullHead('app', 1)
  const damaged: [text: string, mentions: string][] = [
    ['', 'no JSON'],
    ['{"formatVersion":1', 'no JSON'],
    ['null', 'no JSON object'],
    ['[]', 'no JSON object'],
    ['{}', 'formatVersion'],
    [JSON.stringify({ ...head, formatVersion: '1' }), 'formatVersion'],
    [JSON.stringify({ ...head, version: 0 }), 'version'],
    [JSON.stringify({ ...head, version: 1.5 }), 'version'],
    [JSON.stringify({ ...head, token: '3' }), 'token'],
    [JSON.stringify({ ...head, batchIntervalMs: 0 }), 'batchIntervalMs'],
    [JSON.stringify({ ...head, lease: {} }), 'lease'],
    [JSON.stringify({ ...head, planned: { ...head.planned, plan: { kind: 'object' } } }), 'planned'],
    [JSON.stringify({ ...head, committed: { ...head.committed, published: undefined } }), 'committed'],
    [JSON.stringify({ ...head, history: { recent: [{ kind: 'inline' }] } }), 'history'],
    [JSON.stringify({ ...head, pins: [{ name: 'a' }] }), 'pins'],
    [JSON.stringify({ ...head, collectedTo: 7 }), 'collectedTo'],
  ]
  for (const [text, mentions] of damaged) {
    assert.throws(
      () => decodeHead(text, WHERE),
      (error) =>
        isSluiceError(error, 'head-corrupt', 'data') &&
        error.message.includes(mentions) &&
        error.message.includes(WHERE),
      text,
    )
  }
})

test('a head of a later format is refused with what to do, whatever else it holds', () => {
  for (const formatVersion of [2, 17]) {
    assert.throws(
      () => decodeHead(JSON.stringify({ formatVersion }), WHERE),
      (error) => isSluiceError(error, 'head-format', 'invalid') && /newer version of Sluice/.test(error.message),
    )
  }
})

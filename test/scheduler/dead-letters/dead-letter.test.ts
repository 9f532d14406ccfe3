import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type DeadLetter,
  decodeLetters,
  letterLines,
  readLetters,
  recordOf,
} from '../../../src/scheduler/dead-letters/dead-letter.ts'
import { putObject } from '../../../src/scheduler/stored.ts'
import { letters, rangeLetter } from '../../checkpoint/sample-letters.ts'
import { World } from '../world.ts'

const WHERE = 's3://data/checkpoint/app/dead-letters/in'

function linesOf(...all: readonly unknown[]): string {
  return all.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
}

test('letters are read as they were written, and their records are what they were', () => {
  const [text, bytes, value] = letters
  const read = decodeLetters(new TextDecoder().decode(letterLines(letters)), WHERE)
  assert.deepEqual(read, letters)
  assert.deepEqual(
    read.map((letter) => recordOf(letter).payload),
    ['five', Uint8Array.of(5, 0, 255), { five: [5] }],
  )
  assert.deepEqual(
    [text, bytes, value].map((letter) => recordOf(letter as DeadLetter).retries),
    [1, 3, 1],
  )
  assert.deepEqual(decodeLetters(linesOf(rangeLetter), WHERE), [rangeLetter])
  assert.deepEqual(decodeLetters('', WHERE), [])
})

test('the form of a line is for good', () => {
  const line =
    '{"stream":"in","batchTime":1000,"error":{"code":"user-code","message":"not a number: five","operator":"map at app.ts:3"},' +
    '"position":{"file":"file:///in/a","line":3},"place":{"partition":0,"index":2},"payload":{"kind":"text","text":"five"}}\n'
  assert.equal(new TextDecoder().decode(letterLines(letters.slice(0, 1))), line)
})

test('a line of another shape is damage, and the message says which field of which line of which object', () => {
  const [letter] = letters
  const damaged: [line: unknown, mentions: string][] = [
    ['nope', 'no JSON'],
    ['', 'no JSON'],
    [5, 'no JSON object'],
    [{ stream: 'a' }, 'batchTime'],
    [{ ...letter, error: { code: 5, message: '' } }, 'error'],
    [{ ...letter, position: undefined }, 'position'],
    [{ ...letter, payload: { kind: 'text' } }, 'payload'],
    [{ ...letter, payload: { kind: 'range', range: { partition: 'a' } } }, 'payload'],
    [{ ...letter, place: { partition: 0 } }, 'place'],
    [{ ...letter, retries: -1 }, 'retries'],
    [rangeLetter, 'whole range'],
  ]
  for (const [line, mentions] of damaged)
    assert.throws(() => decodeLetters(linesOf(letter, line), WHERE), {
      code: 'record-corrupt',
      kind: 'data',
      message: new RegExp(`dead letter.*${mentions}.*: line 2 of ${WHERE}$`),
    })
  assert.throws(() => decodeLetters(linesOf(letter).slice(0, -1), WHERE), { code: 'record-corrupt' })
})

test('a line of a later form is refused with what to do', () => {
  assert.throws(() => decodeLetters(linesOf({ formatVersion: 2 }), WHERE), { code: 'record-format', kind: 'invalid' })
})

test('what has the right checksum and is no letter is told with its object', async () => {
  const { checkpoint } = new World()
  const object = await putObject(checkpoint, 'app/letters', new TextEncoder().encode('{"stream":"a"}\n'))
  await assert.rejects(readLetters(checkpoint, { stream: 'in', kind: 'file', batchTime: 1000, records: 1, object }), {
    code: 'record-corrupt',
    message: /line 1 of .*app\/letters$/,
  })
})

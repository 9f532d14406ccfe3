import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinesisOptions } from '../../../src/aws/kinesis/kinesis-options.ts'

const nameOf = (streamName: unknown) => kinesisOptions({ kind: 'kinesis', options: { streamName } }).streamName

test('a stream is named by its name, or by a URL as the other places of an application are', () => {
  assert.equal(nameOf('flights'), 'flights')
  assert.equal(nameOf('kinesis://flights'), 'flights')
})

test('no name is refused, saying what is expected', () => {
  for (const name of ['', 'kinesis://', undefined, 7]) assert.throws(() => nameOf(name), { code: 'bad-option' })
})

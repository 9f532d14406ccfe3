import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinesisOptions } from '../../../src/aws/kinesis/kinesis-options.ts'

const streamOf = (streamName: unknown) => kinesisOptions({ kind: 'kinesis', options: { streamName } }).stream

test('a stream is named by its name, or by a URL as the other places of an application are', () => {
  assert.deepEqual(streamOf('flights'), { StreamName: 'flights' })
  assert.deepEqual(streamOf('kinesis://flights'), { StreamName: 'flights' })
})

test('no name is refused, saying what is expected', () => {
  for (const name of ['', 'kinesis://', undefined, 7]) assert.throws(() => streamOf(name), { code: 'bad-option' })
})

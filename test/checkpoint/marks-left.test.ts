import assert from 'node:assert/strict'
import { test } from 'node:test'
import { marksLeft } from '../../src/checkpoint/marks-left.ts'
import { manifest as sample } from './sample-records.ts'

test('marks of a position that is given up come to those of its name that lie there, of one session as well', () => {
  const manifest = {
    ...sample,
    positions: { n: { consumed: { s: [2, 3], t: [0, 1] } }, m: { offset: 7 } },
    graph: { inputs: { n: 'computed', m: 'kinesis' }, operators: [], outputs: [] },
    marks: { n: { s: [0, 2], r: [4, 5] }, o: { s: [0, 1] } },
  }
  assert.deepEqual(marksLeft(manifest), {
    n: { s: [0, 3], r: [4, 5], t: [0, 1] },
    o: { s: [0, 1] },
  })
})

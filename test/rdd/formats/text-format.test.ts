import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementFormat, pairFormat } from '../../../src/rdd/formats/named-format.ts'
import type { OutputFormat } from '../../../src/rdd/formats/output-format.ts'
import { encoded } from './encoded.ts'

test('text has a line an element, as print shows it', () => {
  assert.equal(encoded(elementFormat('text'), [['a', ['b', 1]], [{ c: 2 }]]).toString(), 'a\n(b,1)\n{"c":2}\n')
})

test("pairs as text are the lines of Hadoop's TextOutputFormat", () => {
  const pairs = [
    ['row', 3],
    [null, 'value alone'],
    ['key alone', undefined],
    [null, null],
    [[1, 2], ''],
  ] as const
  const text = encoded<readonly [unknown, unknown]>(pairFormat({}) as OutputFormat<readonly [unknown, unknown]>, [
    pairs,
  ])
  assert.equal(text.toString(), 'row\t3\nvalue alone\nkey alone\n(1,2)\t\n')
})

test('a format of the user has a header in each file that has elements, and texts or bytes', () => {
  const csv: OutputFormat<number> = {
    header: 'n\n',
    encode: (n) => (n > 1 ? new TextEncoder().encode(`${n}\n`) : `${n}\n`),
  }
  assert.equal(encoded(csv, [[1], [2, 3]]).toString(), 'n\n1\n2\n3\n')
})

test('what is no format is refused with what to do', () => {
  assert.throws(() => elementFormat('csv' as 'text'), {
    code: 'bad-format',
    message: /one of text, ndjson, object.*csv$/,
  })
  assert.throws(() => elementFormat('toString' as 'text'), { code: 'bad-format' })
  assert.throws(() => pairFormat({ format: 'object' as 'text' }), { message: /one of text, ndjson, sequence/ })
  assert.throws(() => pairFormat({ key: 'text' }), { code: 'bad-format', message: /format 'sequence'.*text$/ })
  for (const format of [{}, null, 7, { encode: 'x' }]) {
    assert.throws(() => elementFormat(format as never), { code: 'bad-format', kind: 'invalid' })
  }
  const encode = () => ''
  for (const extension of ['../x', '.csv', 'a/b', '', 1]) {
    assert.throws(() => elementFormat({ encode, extension } as never), { code: 'bad-format' }, String(extension))
  }
  assert.throws(() => encoded({ encode: () => 7 as never }, [[1]]), { message: /as a text or as bytes: 7/ })
})

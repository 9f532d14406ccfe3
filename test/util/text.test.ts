import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementText } from '../../src/util/text.ts'

test('elements are written as Spark writes them', () => {
  const cases: [unknown, string][] = [
    ['a b', 'a b'],
    [['a', 3], '(a,3)'],
    [['k', [1, 'x']], '(k,(1,x))'],
    [[], '()'],
    [1.5, '1.5'],
    [-0, '0'],
    [Number.NaN, 'NaN'],
    [10n, '10'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [['a', undefined], '(a,undefined)'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'Invalid Date'],
    [{ a: 1, b: ['x'] }, '{"a":1,"b":["x"]}'],
    [{ big: 1n, map: new Map([['k', 1]]) }, '{"big":"1","map":[["k",1]]}'],
    [new Uint8Array([1, 2, 3]), 'AQID'],
    [new Error('no'), 'Error: no'],
  ]
  for (const [element, text] of cases) assert.equal(elementText(element), text)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holds, type NumberSet, withNumbers } from '../../src/util/number-set.ts'

const anyPuts = fc.array(fc.uniqueArray(fc.nat(60), { maxLength: 8 }), { maxLength: 10 })

test('a set of numbers holds what was put in, in any order, in as few ranges as it takes', () => {
  fc.assert(
    fc.property(anyPuts, (puts) => {
      const numbers = new Set<number>()
      let set: NumberSet = []
      for (const put of puts) {
        const more = put.filter((number) => !numbers.has(number))
        set = withNumbers(set, more)
        for (const number of more) numbers.add(number)
      }
      for (let number = -1; number < 62; number++) assert.equal(holds(set, number), numbers.has(number), `${number}`)
      const starts = [...numbers].filter((number) => !numbers.has(number - 1))
      assert.equal(set.length, 2 * starts.length)
    }),
  )
})

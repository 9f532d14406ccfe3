import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holds, type NumberSet, united, withNumbers } from '../../src/util/number-set.ts'

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

test('two sets together hold what either holds, and no two ranges of them meet', () => {
  const anySet = fc.uniqueArray(fc.nat(40), { maxLength: 12 }).map((numbers) => withNumbers([], numbers))
  fc.assert(
    fc.property(anySet, anySet, (one, other) => {
      const both = united(one, other)
      for (let number = -1; number < 42; number++)
        assert.equal(holds(both, number), holds(one, number) || holds(other, number), `${number}`)
      for (let i = 1; i < both.length; i++) assert.ok((both[i - 1] as number) < (both[i] as number))
    }),
  )
})

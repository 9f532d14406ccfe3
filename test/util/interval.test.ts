import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Interval } from '../../src/util/interval.ts'
import { Time } from '../../src/util/time.ts'

test('intervals of one length compare, others are refused', () => {
  const [first, second] = [new Interval(new Time(0), new Time(2)), new Interval(new Time(1), new Time(3))]
  assert.equal(first.less(second) && second.greater(first) && first.lessEq(first) && first.greaterEq(first), true)
  assert.throws(() => first.less(new Interval(new Time(0), new Time(3))), { code: 'different-intervals' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Duration, milliseconds, minutes, seconds, Time } from '../../src/util/time.ts'
import { readCases } from '../conformance/read-cases.ts'

/*
 * TimeSuite and DurationSuite: less, lessEq, greater, greaterEq, isMultipleOf, min, max, minus Time, floor, until, to; minus,
 * div, isZero, units. Each case holds inputs and what comes out of each.
 */

type Rule = (...input: readonly number[]) => unknown

const time = (ms = 0) => new Time(ms)
const duration = (ms = 0) => new Duration(ms)
const plain = (times: readonly Time[]) => times.map(({ milliseconds }) => milliseconds)

const TIME: Readonly<Record<string, Rule>> = {
  less: (a, b) => time(a).less(time(b)),
  lessEq: (a, b) => time(a).lessEq(time(b)),
  greater: (a, b) => time(a).greater(time(b)),
  greaterEq: (a, b) => time(a).greaterEq(time(b)),
  isMultipleOf: (a, b) => time(a).isMultipleOf(duration(b)),
  min: (a, b) => time(a).min(time(b)).milliseconds,
  max: (a, b) => time(a).max(time(b)).milliseconds,
  'minus Time': (a, b) => time(a).minus(time(b)).milliseconds,
  floor: (a, b, zero) => time(a).floor(duration(b), ...(zero === undefined ? [] : [time(zero)])).milliseconds,
  until: (from, to, step) => plain(time(from).until(time(to), duration(step))),
  to: (from, to, step) => plain(time(from).to(time(to), duration(step))),
}

const DURATION: Readonly<Record<string, Rule>> = {
  less: (a, b) => duration(a).less(duration(b)),
  lessEq: (a, b) => duration(a).lessEq(duration(b)),
  greater: (a, b) => duration(a).greater(duration(b)),
  greaterEq: (a, b) => duration(a).greaterEq(duration(b)),
  isMultipleOf: (a, b) => duration(a).isMultipleOf(duration(b)),
  min: (a, b) => duration(a).min(duration(b)).milliseconds,
  max: (a, b) => duration(a).max(duration(b)).milliseconds,
  minus: (a, b) => duration(a).minus(duration(b)).milliseconds,
  div: (a, b) => duration(a).div(duration(b)),
  isZero: (a) => duration(a).isZero(),
}

const cases = readCases('test/conformance/cases.json')

for (const [suite, rules] of Object.entries({ TimeSuite: TIME, DurationSuite: DURATION })) {
  for (const [name, rule] of Object.entries(rules)) {
    test(`${suite}: ${name}`, () => {
      const given = cases.find((found) => found.suite === suite && found.name === name)
      assert.ok(given?.input)
      const inputs = given.input as unknown as readonly (number | readonly number[])[]
      assert.deepEqual(
        inputs.map((input) => rule(...(typeof input === 'number' ? [input] : input))),
        given.expected,
      )
    })
  }
}

test('DurationSuite: units', () => {
  assert.deepEqual(
    [milliseconds(100), seconds(30), minutes(2)].map(({ milliseconds }) => milliseconds),
    [100, 30_000, 120_000],
  )
})

test('times are counted by steps that lead to the end', () => {
  for (const step of [0, -1]) {
    assert.throws(() => new Time(0).until(new Time(9), new Duration(step)), { code: 'bad-step' })
    assert.throws(() => new Time(0).to(new Time(9), new Duration(step)), { code: 'bad-step' })
  }
})

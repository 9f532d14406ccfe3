import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  difference,
  meanDelayLines,
  parseStates,
  parseTotals,
  totalsOf,
} from '../../../infra/localstack/flight-figures.ts'

const states = parseStates(
  'iata,name,city,state,country,latitude,longitude\n' +
    'ATL,Hartsfield, William B,Atlanta,GA,USA,33,-84\nYYZ,Pearson,Toronto,ON,Canada,43,-79\r\n',
)

test('totals count flights and add delays by airport', () => {
  const flights = [
    { origin: 'ATL', delay: 5 },
    { origin: 'SFO', delay: -1 },
    { origin: 'ATL', delay: -8 },
  ]
  assert.deepEqual(
    [...totalsOf(flights)],
    [
      ['ATL', { flights: 2, delay: -3 }],
      ['SFO', { flights: 1, delay: -1 }],
    ],
  )
})

test('what a batch adds is what its totals have more than those before', () => {
  const before = parseTotals(['(ATL,{"flights":2,"delay":-3})', '(SFO,{"flights":1,"delay":0})'])
  const after = parseTotals([
    '(ATL,{"flights":3,"delay":7})',
    '(SFO,{"flights":1,"delay":0})',
    '(LAX,{"flights":1,"delay":2})',
  ])
  assert.deepEqual(
    [...difference(after, before)],
    [
      ['ATL', { flights: 1, delay: 10 }],
      ['LAX', { flights: 1, delay: 2 }],
    ],
  )
})

test('a mean is over all flights of the window, of airports with a state only', () => {
  const batches = [
    totalsOf([
      { origin: 'ATL', delay: 1 },
      { origin: 'ATL', delay: 1 },
    ]),
    totalsOf([{ origin: 'ATL', delay: 3 }]),
  ]
  assert.deepEqual(meanDelayLines([...batches, totalsOf([{ origin: 'YYZ', delay: 9 }])], states), ['(GA,1.7)'])
})

test('a line that is no total is refused', () => {
  assert.throws(() => parseTotals(['(ATL,12)']), /Not a line of totals by airport: \(ATL,12\)/)
})

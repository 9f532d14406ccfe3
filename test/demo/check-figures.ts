import assert from 'node:assert/strict'
import type { Committed } from './committed.ts'
import { airportStates, flightRecords, meanDelayLines, totalLines } from './flight-figures.ts'

export const INTERVAL_MS = 2_000
export const WINDOW_MS = 20_000

function lines(flights: Committed['stream']): string[] {
  return flights.map((flight) => JSON.stringify(flight)).sort()
}

/** Every flight is in the stream once and in one batch, and every file is what a computation of its own comes to. */
export function checkFigures({ batches, stream, outputs }: Committed, mostFlights: number): void {
  const expected = lines(flightRecords(mostFlights))
  assert.deepEqual(lines(stream), expected, 'the stream')
  assert.deepEqual(lines(batches.flatMap(({ flights }) => flights)), expected, 'the batches')
  const states = airportStates()
  const left = new Set(outputs.keys())
  for (const [index, { batchTime }] of batches.entries()) {
    assert.equal(
      batchTime,
      (batches[0]?.batchTime ?? 0) + index * INTERVAL_MS,
      'batches follow one another on the grid',
    )
    const until = batches.slice(0, index + 1)
    const inWindow = until.filter((batch) => batch.batchTime > batchTime - WINDOW_MS)
    const totals = totalLines(until.flatMap(({ flights }) => flights))
    const delays = meanDelayLines(
      inWindow.flatMap(({ flights }) => flights),
      states,
    )
    const published = outputs.get(`delays-${batchTime}.txt`) ?? []
    assert.deepEqual(outputs.get(`airports-${batchTime}.txt`), totals, `totals at ${batchTime}`)
    assert.deepEqual(published.toSorted(), delays.toSorted(), `mean delays at ${batchTime}`)
    const minutes = published.map((line) => Number(/,(.*)\)/.exec(line)?.[1]))
    assert.deepEqual(
      minutes,
      minutes.toSorted((a, b) => b - a),
      'the latest states first',
    )
    left.delete(`delays-${batchTime}.txt`)
    left.delete(`airports-${batchTime}.txt`)
  }
  assert.deepEqual([...left], [], 'no outputs but those of committed batches')
}

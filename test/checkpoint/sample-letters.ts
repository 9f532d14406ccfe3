import { type DeadLetter, payloadOf } from '../../src/scheduler/dead-letters/dead-letter.ts'

const position = { file: 'file:///in/a', line: 3 }
const letter = {
  stream: 'in',
  batchTime: 1000,
  error: { code: 'user-code', message: 'not a number: five', operator: 'map at app.ts:3' },
  position,
  place: { partition: 0, index: 2 },
}

/** One of each form that lies among others. */
export const letters: readonly DeadLetter[] = [
  { ...letter, payload: payloadOf({ payload: 'five', position }) },
  { ...letter, payload: payloadOf({ payload: Uint8Array.of(5, 0, 255), position }), retries: 2 },
  { ...letter, payload: payloadOf({ payload: { five: [5] }, position }), error: { code: 'bad', message: '' } },
]

/** For a whole file. */
export const rangeLetter: DeadLetter = {
  ...letter,
  payload: { kind: 'range', range: { partition: 'file:///in/a', from: 0, until: 7, records: 1, bytes: 7 } },
}

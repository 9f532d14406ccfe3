import assert from 'node:assert/strict'
import { peakMegabytes } from './peak-memory.ts'
import { countBundles, TOUCHED_STATES, touches } from './touched-state.ts'

/** Runs the batches of the history, and so many after it, that a checkpoint does not hold; tells its parent what the last took. */
const [name = '', checkpoint = '', rounds = ''] = process.argv.slice(2)
const state = TOUCHED_STATES[name]
assert(state, `no such state: ${name}`)
const { history, counted } = state
const later = Array.from({ length: Number(rounds) }, (_, round) => touches(history.length + round))
const times = await countBundles(checkpoint, [...history, ...later], counted)
process.send?.({ ms: times.at(-1), megabytes: peakMegabytes() })

import { countBundles, history, touches } from './touched-state.ts'

/** Runs the batches of the history, and so many after it, that a checkpoint does not hold; tells its parent what the last took. */
const [checkpoint = '', rounds = ''] = process.argv.slice(2)
const before = history()
const batches = [...before, ...Array.from({ length: Number(rounds) }, (_, round) => touches(before.length + round))]
const times = await countBundles(checkpoint, batches)
process.send?.({ ms: times.at(-1), megabytes: (process.resourceUsage().maxRSS * 1_024) / 1e6 })

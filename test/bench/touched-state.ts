import { type DStream, defineApp, minutes, type State, StateSpec, seconds } from 'sluice'
import { localEnvironment, runApplication } from 'sluice/local'
import { Random } from '../../src/util/random.ts'

const KEYS = 10_000_000
const TOUCHES = 1_000
/** The pairs of this many keys are made from one element, as they are used. */
const BUNDLE_KEYS = 2_500
/** Batches of updates between the one that sets every key and the one that is measured. */
const HISTORY = 20

/** Keys that follow each other, each to be counted once. */
export type Bundle = readonly [first: number, keys: number]

/** A batch that sets every key, and some that touch keys drawn at random. */
export function history(): Bundle[][] {
  const all = Array.from({ length: KEYS / BUNDLE_KEYS }, (_, i): Bundle => [i * BUNDLE_KEYS, BUNDLE_KEYS])
  return [all, ...Array.from({ length: HISTORY }, (_, i) => touches(i))]
}

/** Keys drawn at random, others for each seed. */
export function touches(seed: number): Bundle[] {
  const random = new Random(KEYS, seed)
  return Array.from({ length: TOUCHES }, (): Bundle => [random.nextInt(KEYS), 1])
}

/** Counts the keys of the batches that the checkpoint does not hold yet; how many milliseconds each batch took. */
export async function countBundles(checkpoint: string, batches: readonly Bundle[][]): Promise<number[]> {
  const times: number[] = []
  let began = performance.now()
  const batchCommitted = (): void => {
    times.push(performance.now() - began)
    began = performance.now()
  }
  const app = defineApp({ name: 'touched', batchInterval: seconds(1) }, (ssc) => {
    counted(ssc.queueStream(batches as [number, number][][])).foreachRDD(() => {})
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const environment = localEnvironment({ checkpoint, log, observers: [{ batchCommitted }] })
  await runApplication(app, { start: 0, untilIdle: true }, environment)
  return times
}

function counted(bundles: DStream<[number, number]>): DStream<number> {
  const count = (_key: number, add: number | undefined, state: State<number>): number => {
    const sum = (state.getOption() ?? 0) + (add ?? 0)
    if (!state.isTimingOut()) state.update(sum)
    return sum
  }
  return bundles
    .flatMap(([first, keys]) => Array.from({ length: keys }, (_, i): [number, number] => [first + i, 1]))
    .mapWithState(StateSpec.function(count).timeout(minutes(60)))
}

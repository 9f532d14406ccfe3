import assert from 'node:assert/strict'
import { type DStream, defineApp, minutes, type State, StateSpec, seconds } from 'sluice'
import { localEnvironment, runApplication } from 'sluice/local'
import { Random } from '../../src/util/random.ts'

const KEYS = 10_000_000
const TOUCHES = 1_000
/** The pairs of this many keys are made from one element, as they are used. */
const BUNDLE_KEYS = 2_500
/** Batches of updates between those that set every key and the one that is measured. */
const HISTORY = 20
/** Of a state of which each batch visits all keys: for the last of what was set to be changes, too. */
const WALKED_HISTORY = 3
/** Batches that set every key of a state that is never in memory whole. */
const GROWTH = 20

/** Keys that follow each other, each to be counted once. */
export type Bundle = readonly [first: number, keys: number]

/** How a state of ten million keys comes about, and what keeps it. */
export interface TouchedState {
  /** The batches before those that are measured. */
  readonly history: readonly Bundle[][]
  counted(bundles: DStream<[number, number]>): DStream<unknown>
}

/** What can be measured, by name. */
export const TOUCHED_STATES: Readonly<Record<string, TouchedState>> = {
  /** `mapWithState`: of all keys set in one batch, later ones touch some. */
  touched: { history: [bundles(0, KEYS), ...touchedOften(HISTORY)], counted: mapped },
  /** `updateStateByKey`: each batch visits all keys, and whoever reads its stream does, too. */
  walked: {
    history: [
      ...Array.from({ length: GROWTH }, (_, i) => bundles((i * KEYS) / GROWTH, KEYS / GROWTH)),
      ...touchedOften(WALKED_HISTORY),
    ],
    counted: updated,
  },
}

/** Keys drawn at random, others for each seed. */
export function touches(seed: number): Bundle[] {
  const random = new Random(KEYS, seed)
  return Array.from({ length: TOUCHES }, (): Bundle => [random.nextInt(KEYS), 1])
}

function touchedOften(batches: number): Bundle[][] {
  return Array.from({ length: batches }, (_, i) => touches(i))
}

function bundles(first: number, keys: number): Bundle[] {
  return Array.from({ length: keys / BUNDLE_KEYS }, (_, i): Bundle => [first + i * BUNDLE_KEYS, BUNDLE_KEYS])
}

/** Counts the keys of the batches that the checkpoint does not hold yet; how many milliseconds each batch took. */
export async function countBundles(
  checkpoint: string,
  batches: readonly Bundle[][],
  counted: TouchedState['counted'],
): Promise<number[]> {
  const times: number[] = []
  let began = performance.now()
  const batchCommitted = (): void => {
    times.push(performance.now() - began)
    began = performance.now()
  }
  const app = defineApp({ name: 'touched', batchInterval: seconds(1) }, (ssc) => {
    counted(ssc.queueStream(batches as [number, number][][])).foreachRDD(async (rdd) => void (await rdd.take(1)))
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const environment = localEnvironment({ checkpoint, log, observers: [{ batchCommitted }] })
  await runApplication(app, { start: 0, untilIdle: true }, environment)
  return times
}

function mapped(bundles: DStream<[number, number]>): DStream<unknown> {
  const count = (_key: number, add: number | undefined, state: State<number>): number => {
    const sum = (state.getOption() ?? 0) + (add ?? 0)
    if (!state.isTimingOut()) state.update(sum)
    return sum
  }
  return pairsOf(bundles).mapWithState(StateSpec.function(count).timeout(minutes(60)))
}

/** What comes out is read key by key, and there is something of each batch that has one. */
function updated(bundles: DStream<[number, number]>): DStream<unknown> {
  const sum = (adds: number[], count = 0): number => adds.reduce((all, add) => all + add, count)
  return pairsOf(bundles)
    .updateStateByKey<number>(sum)
    .filter(([, count]) => count > 0)
    .count()
    .map((keys) => {
      assert.ok(keys > 0 && keys <= KEYS)
      return keys
    })
}

function pairsOf(bundles: DStream<[number, number]>): DStream<[number, number]> {
  return bundles.flatMap(([first, keys]) => Array.from({ length: keys }, (_, i): [number, number] => [first + i, 1]))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DStream, defineApp, type State, StateSpec, seconds } from 'sluice'
import { runApp } from 'sluice/testing'

type Pairs = DStream<[string, number]>

const count = (word: string, one: number | undefined, state: State<number>) => {
  state.update((state.getOption() ?? 0) + (one ?? 0))
  return [word, state.get()]
}
const INITIAL: readonly [string, number][] = [
  ['row', 100],
  ['boat', 7],
]
/** Both forms, with state to begin with or without. */
const FORMS: Readonly<Record<string, (pairs: Pairs, begins: boolean) => DStream<unknown>>> = {
  mapWithState: (pairs, begins) => {
    const spec = StateSpec.function(count).numPartitions(1)
    return pairs.mapWithState(begins ? spec.initialState(INITIAL) : spec).uid('counts')
  },
  updateStateByKey: (pairs, begins) =>
    pairs
      .updateStateByKey<number>((ones, n = 0) => n + ones.length, {
        numPartitions: 1,
        ...(begins ? { initialState: INITIAL } : {}),
      })
      .uid('counts'),
}

for (const [name, form] of Object.entries(FORMS)) {
  test(`what code says later to begin with takes the place of no state: ${name}`, async () => {
    const version = (begins: boolean) =>
      defineApp({ name: 'counts', batchInterval: seconds(1) }, (ssc) => {
        const words = ssc.textFileStream('s3://bucket/in').uid('texts')
        form(
          words.map((word): [string, number] => [word, 1]),
          begins,
        )
          .map(String)
          .print()
      })
    const before = await runApp(version(false), { inputs: { texts: [['row', 'row']] } })
    const after = await runApp(version(true), { inputs: { texts: [['row', 'boat']] }, from: before })
    assert.deepEqual(after.outputs.print, [['row,3', 'boat,1']])
  })
}

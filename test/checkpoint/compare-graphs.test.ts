import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareGraphs, type GraphChange } from '../../src/checkpoint/compare-graphs.ts'
import type { DeclaredGraph, DeclaredOperator, PaneRecord, UpgradeRules } from '../../src/checkpoint/graph-record.ts'

const counts: DeclaredOperator = {
  uid: 'counts',
  named: true,
  kind: 'updateStateByKey',
  partitions: 4,
  site: 'updateStateByKey at app.ts:7',
  migrates: false,
}
const stored: DeclaredGraph = { operators: [counts], inputs: { file: 'file' }, outputs: ['print'] }

const with_ = (operator: Partial<DeclaredOperator>): DeclaredGraph => ({
  ...stored,
  operators: [{ ...counts, ...operator }],
})

const panes: PaneRecord = { windowMs: 6000, slideMs: 1000, stepMs: 1000, keptMs: 6000 }
const windowed = (changed: Partial<PaneRecord> = {}, kind = 'reduceByKeyAndWindow'): DeclaredGraph =>
  with_({ kind, panes: { ...panes, ...changed } })

/** The fates of what is not simply kept, and what the problems say. */
function told(changes: readonly GraphChange[]): string[] {
  const interesting = changes.filter(
    ({ fate, renamedFrom, migrated, resharded, rewindowed }) =>
      fate !== 'kept' || (renamedFrom ?? migrated ?? resharded ?? rewindowed) !== undefined,
  )
  return interesting.map((change) => {
    const { part, uid, fate, renamedFrom, migrated, resharded, rewindowed } = change
    const spans = Object.entries({ migrated, resharded, rewindowed }).map(([what, span]) =>
      span ? ` ${what} ${span.from} to ${span.to}` : '',
    )
    return `${part} ${uid} ${fate}${renamedFrom === undefined ? '' : ` renamed from ${renamedFrom}`}${spans.join('')}`
  })
}

const problems = (changes: readonly GraphChange[]): string[] => changes.flatMap(({ problem }) => problem ?? [])

interface Case {
  readonly rule: string
  readonly before?: DeclaredGraph
  readonly after: DeclaredGraph
  readonly rules?: UpgradeRules
  readonly told: readonly string[]
}

const others = [{ ...counts, uid: 'seen', site: 'updateStateByKey at app.ts:9' }]

const CASES: readonly Case[] = [
  { rule: 'the same graph goes on', after: stored, told: [] },
  {
    rule: 'a new operator, input and output go on',
    after: {
      operators: [counts, ...others],
      inputs: { file: 'file', socket: 'socket' },
      outputs: ['print', 'print-2'],
    },
    told: ['operator seen new', 'input socket new', 'output print-2 new'],
  },
  {
    rule: 'operators may come in another order',
    before: { ...stored, operators: [counts, ...others] },
    after: { ...stored, operators: [...others, counts] },
    told: [],
  },
  { rule: 'an output may go', after: { ...stored, outputs: [] }, told: ['output print gone'] },
  { rule: 'a derived uid may be said', before: with_({ uid: 'counts' }), after: stored, told: [] },
  {
    rule: 'an operator that is gone is refused',
    after: { ...stored, operators: [] },
    told: ['operator counts refused'],
  },
  {
    rule: 'another uid is refused, not a new state',
    after: with_({ uid: 'totals' }),
    told: ['operator totals new', 'operator counts refused'],
  },
  {
    rule: 'a rename takes the state along',
    after: with_({ uid: 'totals' }),
    rules: { rename: { counts: 'totals' } },
    told: ['operator totals kept renamed from counts'],
  },
  {
    rule: 'a rename that was carried out changes nothing',
    after: stored,
    rules: { rename: { old: 'counts' } },
    told: [],
  },
  {
    rule: 'a rename does not take a state that somebody has',
    before: { ...stored, operators: [counts, ...others] },
    after: { ...stored, operators: [counts, ...others] },
    rules: { rename: { counts: 'seen' } },
    told: [],
  },
  {
    rule: 'a rename to nothing leaves the operator gone',
    after: { ...stored, operators: [] },
    rules: { rename: { counts: 'totals' } },
    told: ['operator counts refused'],
  },
  {
    rule: 'a state is dropped by explicit word',
    after: { ...stored, operators: [] },
    rules: { drop: ['counts'] },
    told: ['operator counts dropped'],
  },
  { rule: 'a state that still fits is not dropped', after: stored, rules: { drop: ['counts'] }, told: [] },
  { rule: 'another kind is refused', after: with_({ kind: 'mapWithState' }), told: ['operator counts refused'] },
  {
    rule: 'another kind begins anew where the state may be dropped',
    after: with_({ kind: 'mapWithState' }),
    rules: { drop: ['counts'] },
    told: ['operator counts dropped', 'operator counts new'],
  },
  {
    rule: 'another number of partitions re-shards',
    after: with_({ partitions: 8 }),
    told: ['operator counts kept resharded 4 to 8'],
  },
  {
    rule: 'another partitioner re-shards',
    after: with_({ partitioner: 'custom' }),
    told: ['operator counts kept resharded 4 to 4'],
  },
  {
    rule: 'a version without a migration is refused',
    after: with_({ stateVersion: 2 }),
    told: ['operator counts refused'],
  },
  {
    rule: 'a version with a migration migrates',
    after: with_({ stateVersion: 3, migrates: true }),
    told: ['operator counts kept migrated 1 to 3'],
  },
  {
    rule: 'an older version is refused, migration or not',
    before: with_({ stateVersion: 2 }),
    after: with_({ migrates: true }),
    told: ['operator counts refused'],
  },
  { rule: 'the version of the state may be said', after: with_({ stateVersion: 1, migrates: true }), told: [] },
  ...[
    { from: undefined, to: {} },
    { from: {}, to: undefined },
    { from: { name: 'money' }, to: undefined },
    { from: { name: 'money' }, to: {} },
    { from: { name: 'money' }, to: { name: 'cents' } },
  ].flatMap(({ from, to }): Case[] => {
    const [before, change] = [with_(from ? { codec: from } : {}), to ? { codec: to } : {}]
    const what = `state of ${JSON.stringify(from)} for ${JSON.stringify(to)} as its codec`
    const migration = { stateVersion: 2, migrates: true }
    return [
      { rule: `${what} is refused`, before, after: with_(change), told: ['operator counts refused'] },
      {
        rule: `${what} is refused though a migration is there, in the same version`,
        before,
        after: with_({ ...change, migrates: true }),
        told: ['operator counts refused'],
      },
      {
        rule: `${what} migrates`,
        before,
        after: with_({ ...change, ...migration }),
        told: ['operator counts kept migrated 1 to 2'],
      },
    ]
  }),
  { rule: 'a codec may stay', before: with_({ codec: {} }), after: with_({ codec: {} }), told: [] },
  {
    rule: 'a codec with a name may stay',
    before: with_({ codec: { name: 'money' } }),
    after: with_({ codec: { name: 'money' } }),
    told: [],
  },
  {
    rule: 'a codec may be given a name',
    before: with_({ codec: {} }),
    after: with_({ codec: { name: 'money' } }),
    told: [],
  },
  {
    rule: 'renamed, migrated and re-sharded at once',
    after: with_({ uid: 'totals', partitions: 2, stateVersion: 2, migrates: true }),
    rules: { rename: { counts: 'totals' } },
    told: ['operator totals kept renamed from counts migrated 1 to 2 resharded 4 to 2'],
  },
  {
    rule: 'a shorter window is served',
    before: windowed(),
    after: windowed({ windowMs: 3000, keptMs: 3000 }),
    told: ['operator counts kept rewindowed 6000 to 3000'],
  },
  {
    rule: 'another slide is served where all panes are kept',
    before: windowed(),
    after: windowed({ slideMs: 2000 }),
    told: ['operator counts kept rewindowed 6000 to 6000'],
  },
  {
    rule: 'another slide is refused where panes between windows are not kept',
    before: windowed({ windowMs: 2000, slideMs: 5000, keptMs: 0 }),
    after: windowed({ windowMs: 2000, slideMs: 1000, keptMs: 2000 }),
    told: ['operator counts refused'],
  },
  {
    rule: 'a longer window is refused',
    before: windowed(),
    after: windowed({ windowMs: 8000, keptMs: 8000 }),
    told: ['operator counts refused'],
  },
  {
    rule: 'panes of another length are refused',
    before: windowed(),
    after: windowed({ slideMs: 2000, stepMs: 2000 }),
    told: ['operator counts refused'],
  },
  {
    rule: 'a carried result is of one window',
    before: windowed({ carried: true }),
    after: windowed({ carried: true, windowMs: 3000 }),
    told: ['operator counts refused'],
  },
  {
    rule: 'an inverse makes another form of state',
    before: windowed(),
    after: windowed({ carried: true }),
    told: ['operator counts refused'],
  },
  {
    rule: 'an input that is gone is refused',
    after: { ...stored, inputs: {} },
    told: ['input file refused'],
  },
  {
    rule: 'an input of another kind is refused',
    after: { ...stored, inputs: { file: 'kinesis' } },
    told: ['input file refused'],
  },
  {
    rule: 'an input is renamed',
    after: { ...stored, inputs: { lines: 'file' } },
    rules: { rename: { file: 'lines' } },
    told: ['input lines kept renamed from file'],
  },
  {
    rule: 'an input that is given blocks keeps its name, or gives them up',
    before: { ...stored, inputs: { ticker: 'receiver' } },
    after: { ...stored, inputs: { quotes: 'receiver' } },
    rules: { rename: { ticker: 'quotes' } },
    told: ['input quotes refused'],
  },
  {
    rule: 'a position is dropped by explicit word',
    after: { ...stored, inputs: { kinesis: 'kinesis' } },
    rules: { drop: ['file'] },
    told: ['input kinesis new', 'input file dropped'],
  },
  {
    rule: 'an input of another kind begins anew where the position may be dropped',
    after: { ...stored, inputs: { file: 'kinesis' } },
    rules: { drop: ['file'] },
    told: ['input file dropped', 'input file new'],
  },
]

for (const { rule, before = stored, after, rules = {}, told: expected } of CASES) {
  test(rule, () => {
    const changes = compareGraphs(before, after, rules)
    assert.deepEqual(told(changes), expected)
    for (const { fate, problem } of changes) assert.equal(problem !== undefined, fate === 'refused')
  })
}

test('a problem says where the state may belong, and each way out', () => {
  const [problem = ''] = problems(compareGraphs(stored, with_({ uid: 'totals' }), {}))
  for (const part of ['app.ts:7', ".uid('counts')", "rename: { 'counts': 'totals' }", "drop: ['counts']"])
    assert.ok(problem.includes(part), `${part} in: ${problem}`)
})

test('a problem with a codec says which, and how to go on', () => {
  const [problem = ''] = problems(compareGraphs(with_({ codec: { name: 'money' } }), stored, {}))
  for (const part of ["'counts'", "the codec 'money'", 'no codec', 'raise stateVersion', 'migrate', "drop: ['counts']"])
    assert.ok(problem.includes(part), `${part} in: ${problem}`)
})

test('all that is wrong is told at once', () => {
  assert.equal(problems(compareGraphs(stored, { operators: [], inputs: {}, outputs: [] }, {})).length, 2)
})

const named = (...uids: readonly string[]): DeclaredGraph => ({
  ...stored,
  operators: uids.map((uid) => ({ ...counts, uid })),
})
const streams = (...uids: readonly string[]): DeclaredGraph => ({
  operators: [],
  inputs: Object.fromEntries(uids.map((uid) => [uid, 'file'])),
  outputs: [],
})

for (const [graph, what] of [
  [named, 'operator'],
  [streams, 'input'],
] as const) {
  const told_ = (before: DeclaredGraph, after: DeclaredGraph, rules: UpgradeRules) => {
    const changes = compareGraphs(before, after, rules)
    return [told(changes), problems(changes).join()] as const
  }

  test(`a rename of an ${what} that cannot be carried out is refused with the reason and the way, never passed over`, () => {
    const [onto, why] = told_(graph('a', 'b'), graph('b'), { rename: { a: 'b' } })
    assert.deepEqual(onto, [`${what} a refused`])
    assert.match(why, /cannot be renamed to 'b', as 'b' is stored, too; .*first run code without 'b' .*drop: \['b'\]/)
    const [dropping] = told_(graph('a', 'b'), graph('b'), { rename: { a: 'b' }, drop: ['b'] })
    assert.deepEqual(dropping, [`${what} a refused`], 'what still fits is never dropped')
    const [two, both] = told_(graph('a', 'b'), graph('c'), { rename: { a: 'c', b: 'c' } })
    assert.deepEqual(two, [`${what} c new`, `${what} a refused`, `${what} b refused`])
    assert.match(both, /another stored uid is to be called 'c', too/)
    const [nowhere, nothing] = told_(graph('a'), graph('b'), { rename: { a: 'z' } })
    assert.deepEqual(nowhere, [`${what} b new`, `${what} a refused`])
    assert.match(nothing, /nothing in the graph is called 'z'/)
  })

  test(`the releases that a refused rename of an ${what} asks for carry it out`, () => {
    assert.deepEqual(told_(graph('a', 'b'), graph('a'), { drop: ['b'] })[0], [`${what} b dropped`])
    const [renamed] = told_(graph('a'), graph('b'), { rename: { a: 'b' }, drop: ['b'] })
    assert.deepEqual(renamed, [`${what} b kept renamed from a`])
    assert.deepEqual(told_(graph('b'), graph('b'), { rename: { a: 'b' }, drop: ['b'] })[0], [])
  })
}

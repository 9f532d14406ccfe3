import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { DStream, defineApp, InputDStream, RDD, Receiver, SparkContext, StateSpec, seconds } from 'sluice'
import { StreamingContext } from 'sluice/local'
import { buildGraph, MapWithStateDStream, StreamBuilder } from '../../src/index.ts'
import { STREAMING_SETTINGS } from '../../src/rdd/streaming-settings.ts'
import { isExecutable } from '../conformance/case.ts'
import { readCases } from '../conformance/read-cases.ts'
import { placeOf } from '../conformance/stated-elsewhere.ts'
import { publicApi } from '../examples/public-api.ts'
import { SPARK_METHODS } from './spark-methods.ts'

const page = readFileSync('docs/coming-from-spark.md', 'utf8')

interface Row {
  readonly section: string
  readonly cells: readonly string[]
}

/** The tables of methods, a row a line. */
const rows: readonly Row[] = page
  .split(/^### /m)
  .slice(1)
  .flatMap((section) => {
    const name = section.slice(0, section.indexOf('\n'))
    const table =
      section
        .split(/^## /m)[0]
        ?.split('\n')
        .filter((line) => line.startsWith('| `') || line.startsWith('| —')) ?? []
    return table.map((line) => ({
      section: name,
      cells: line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')),
    }))
  })

/** `map` of each `map(f)` in backticks. */
function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([A-Za-z]+)[^`]*`/g)].map(([, name]) => String(name))
}

/** Names that objects of a class have: methods and getters of its chain, its own fields, its statics. */
function membersOf(type: { readonly prototype: object }, example?: object): Set<string> {
  const names = new Set([...Object.getOwnPropertyNames(type), ...(example ? Object.getOwnPropertyNames(example) : [])])
  for (let at = type.prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  }
  return names
}

/** The members of an interface, read off its source. */
function interfaceMembers(path: string, name: string): Set<string> {
  const [, body = ''] =
    new RegExp(`interface ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}`).exec(readFileSync(path, 'utf8')) ?? []
  return new Set([...body.matchAll(/^ {2}(?:readonly )?(\w+)[?(:<]/gm)].map(([, member]) => String(member)))
}

function examples() {
  let stream: DStream<string> | undefined
  let builder: StreamBuilder | undefined
  buildGraph(
    defineApp({ name: 'page', batchInterval: seconds(1) }, (ssc) => {
      builder = ssc
      stream = ssc.queueStream([['row']])
      stream.print()
    }),
  )
  const sc = new SparkContext()
  return { stream, builder, sc, rdd: sc.parallelize(['row']) }
}

const { stream, builder, sc, rdd } = examples()
const dstream = membersOf(DStream, stream)
const dataset = membersOf(RDD, rdd)
const known: Readonly<Record<string, Set<string>>> = {
  DStream: dstream,
  PairDStreamFunctions: dstream,
  StreamingContext: new Set([...membersOf(StreamingContext), ...membersOf(StreamBuilder, builder)]),
  // What a subclass brings is on no prototype.
  InputDStream: new Set([...membersOf(InputDStream), 'compute', 'cut', 'read']),
  Receiver: new Set([...membersOf(Receiver), 'onStart', 'onStop', 'storageLevel']),
  RDD: dataset,
  AsyncRDDActions: dataset,
  PairRDDFunctions: dataset,
  OrderedRDDFunctions: dataset,
  DoubleRDDFunctions: dataset,
  SequenceFileRDDFunctions: dataset,
  SparkContext: membersOf(SparkContext, sc),
  StateSpec: membersOf(StateSpec),
  State: interfaceMembers('src/dstream/state.ts', 'State'),
  StreamingListener: interfaceMembers('src/dstream/streaming-listener.ts', 'StreamingEvents'),
}

/** Called by whoever runs a batch, with what only they have. */
const internal = new Set(['getOrCompute'])

test('the page has a table for each of Spark’s classes', () => {
  assert.deepEqual([...new Set(rows.map(({ section }) => section))], Object.keys(known))
})

test('every Sluice method in the tables is there', () => {
  const missing = rows.flatMap(({ section, cells }) =>
    namesIn(cells[1])
      .filter((name) => !known[section]?.has(name))
      .map((name) => `${section}: ${name}`),
  )
  assert.deepEqual(missing, [])
})

test('every public method of Spark’s classes is named', () => {
  const missing = Object.entries(SPARK_METHODS).flatMap(([section, methods]) => {
    const told = new Set(rows.filter((row) => row.section === section).flatMap(({ cells }) => namesIn(cells[0])))
    return methods.filter((name) => !told.has(name)).map((name) => `${section}.${name}`)
  })
  assert.deepEqual(missing, [])
})

test('every departure that a case of Spark meets is on the page', () => {
  const numbers = new Set([...page.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number)))
  const named = readCases('test/conformance/cases.json')
    .filter((given) => !isExecutable(given))
    .map(placeOf)
  for (const place of named) if (place?.kind === 'departure') assert.ok(numbers.has(place.departure), place.reason)
  assert.deepEqual([...numbers], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('what Spark has and Sluice has not says why or what to use', () => {
  const silent = rows.filter(({ cells }) => cells[1] === '—' && (cells[2] ?? '').trim() === '')
  assert.deepEqual(silent, [])
})

test('every public method of these classes is in a table', () => {
  const sections: Readonly<Record<string, readonly string[]>> = {
    DStream: ['DStream', 'PairDStreamFunctions'],
    StreamBuilder: ['StreamingContext'],
    StreamingContext: ['StreamingContext'],
    RDD: ['RDD', 'PairRDDFunctions', 'OrderedRDDFunctions', 'DoubleRDDFunctions', 'SequenceFileRDDFunctions'],
    SparkContext: ['SparkContext'],
    StateSpec: ['StateSpec'],
  }
  const missing = Object.entries(sections).flatMap(([type, of]) => {
    const told = new Set(rows.filter(({ section }) => of.includes(section)).flatMap(({ cells }) => namesIn(cells[1])))
    const members = publicApi.find(({ name }) => name === type)?.members ?? []
    assert.ok(members.length > 0, type)
    const names = new Set(members.map(({ name }) => name.slice(type.length + 1)))
    return [...names].filter((name) => !told.has(name) && !internal.has(name)).map((name) => `${type}.${name}`)
  })
  assert.deepEqual(missing, [])
  for (const [section, file] of [
    ['State', known.State],
    ['StreamingListener', known.StreamingListener],
  ] as const) {
    const told = rows.filter((row) => row.section === section).flatMap(({ cells }) => namesIn(cells[1]))
    assert.deepEqual([...(file ?? [])].sort(), told.sort())
  }
  assert.ok(MapWithStateDStream.prototype && 'stateSnapshots' in MapWithStateDStream.prototype)
})

test('every setting is in the table, with its default and what it does, and no other', () => {
  const told = page.split('\n').filter((line) => line.startsWith('| `spark.'))
  const expected = Object.entries(STREAMING_SETTINGS).map(([key, setting]) => {
    const unit = ['ms', 's'].includes(setting.type) ? ` ${setting.type}` : ''
    const value = setting.default === undefined ? '' : `\`${setting.default}\`${unit}`
    return `| \`${key}\` | ${value} | ${setting.effect ?? `no effect: ${setting.instead}`} |`
  })
  assert.deepEqual(told, expected)
})

test('the case of each departure is there', () => {
  const text = page.replace(/\s+/g, ' ')
  const cases = [...text.matchAll(/`(test\/[^`]+)`: “([^”]+)”/g)]
  assert.ok(cases.length >= 11)
  for (const [, path = '', name = ''] of cases)
    assert.ok(readFileSync(path, 'utf8').includes(`'${name}'`), `${path}: ${name}`)
})

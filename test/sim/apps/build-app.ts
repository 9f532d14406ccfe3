import { type Application, defineApp } from '../../../src/dstream/define-app.ts'
import type { DStream } from '../../../src/dstream/dstream.ts'
import { keyedWrites } from '../../../src/dstream/outputs/keyed-writes.ts'
import type { Receiver } from '../../../src/dstream/receiver.ts'
import type { StreamBuilder } from '../../../src/dstream/stream-builder.ts'
import type { KeyedStore } from '../../../src/ports/keyed-store.ts'
import { Duration } from '../../../src/util/time.ts'
import type { Handout } from '../world/handouts.ts'
import type { Message } from '../world/message-queue.ts'
import { INPUT, OUTPUT } from '../world/site-of.ts'
import {
  type AppSpec,
  type Key,
  LAYOUTS,
  type LogSpec,
  type NodeSpec,
  type OutputSpec,
  sourceKind,
} from './app-spec.ts'
import { AskedStream } from './asked-stream.ts'
import { chained, isBad, keyedValue, type Link, mix, parseLine } from './functions.ts'
import type { NodeForm, Release } from './release.ts'
import { type MappedStream, mapWithState, snapshotsOf, updateState } from './state-streams.ts'

/** What an application of the simulation has from the process that it is built in. */
export interface AppProcess {
  readonly release: Release
  /** What its functions that are not deterministic come up with. */
  readonly nonce: number
  /** A side effect on the world outside. */
  record(token: string, content: string): Promise<void>
  /** What takes messages in, for as long as the process lives. */
  receiver(): Receiver<Message>
  /** What a queue outside has, which nobody is told again. */
  ask(): Promise<readonly Handout[]>
  /** Where a batch writes by key; `token` says which. */
  keyed(token: string): KeyedStore
}

type Pairs = DStream<[Key, number]>

/** The application of a specification, declared through the public methods. */
export function buildApp(spec: AppSpec, intervalMs: number, process: AppProcess): Application {
  const interval = new Duration(intervalMs)
  const { batches } = spec.retain
  const { nodes, forms, outputs, rename, drop } = process.release
  const retain = { batches, age: interval, most: 2 * batches, every: interval.times(spec.retain.every) }
  return defineApp({ name: 'simulated', batchInterval: interval, retain, upgrade: { rename, drop } }, (ssc) => {
    const streams: Pairs[] = []
    for (const [place, node] of nodes.entries())
      streams.push(declare(ssc, { node, streams, form: forms[place] as NodeForm, process }))
    for (const output of outputs) declareOutput(output, at(streams, output.from), process)
  })
}

function at(streams: readonly Pairs[], place: number): Pairs {
  const stream = streams[place]
  if (stream === undefined) throw new Error(`the specification names a stream that is not there: ${place}`)
  return stream
}

interface Declared {
  readonly node: NodeSpec
  /** Those before it. */
  readonly streams: readonly Pairs[]
  readonly form: NodeForm
  readonly process: AppProcess
}

function declare(ssc: StreamBuilder, declared: Declared): Pairs {
  const { node, streams, form } = declared
  const { uid } = form
  const { migrates } = declared.process.release
  const add = (a: number, b: number): number => a + b
  const batches = (count: number): Duration => ssc.batchInterval.times(count)
  switch (node.op) {
    case 'log':
      return log(ssc, node, declared)
    case 'received':
      return ssc
        .receiverStream(declared.process.receiver())
        .uid(uid)
        .map(([key, value]) => [key, value])
    case 'computed':
      return new AskedStream(ssc, declared.process.ask).uid(uid).map(([key, value]) => [key, value])
    case 'files':
      return ssc
        .textFileStream(`${INPUT}/${node.stream}`, { newFilesOnly: false, maxFilesPerBatch: 2 })
        .uid(uid)
        .map(parseLine)
    case 'map':
      return at(streams, node.from).map(([key, value]) => [key, mix(value * node.times + node.plus)])
    case 'rekey':
      return at(streams, node.from).map(([, value]) => [Math.abs(value) % node.modulus, value])
    case 'filter':
      return at(streams, node.from).filter(([, value]) => Math.abs(value) % node.modulus !== node.rest)
    case 'repeat':
      return at(streams, node.from).flatMap((pair) =>
        new Array<[Key, number]>((Math.abs(pair[1]) % node.modulus) % 3).fill(pair),
      )
    case 'union':
      return at(streams, node.left).union(at(streams, node.right))
    case 'join':
      return at(streams, node.left)
        .join(at(streams, node.right), node.partitions)
        .map(([key, [a, b]]) => [key, mix(31 * a + b)])
    case 'reduce':
      return at(streams, node.from).reduceByKey(add, node.partitions)
    case 'group':
      return at(streams, node.from)
        .groupByKey(node.partitions)
        .map(([key, values]) => [key, values.reduce((all, value) => mix(7 * all + value), 1)])
    case 'window':
      return at(streams, node.from)
        .window(batches(node.length), batches(node.slide ?? 1))
        .uid(uid)
    case 'reduce-window':
      return at(streams, node.from)
        .reduceByKeyAndWindow(add, batches(node.length), batches(node.slide ?? 1), node.partitions)
        .uid(uid)
    case 'inverse-window':
      return at(streams, node.from)
        .reduceByKeyAndWindow(add, (a, b) => a - b, batches(node.length), batches(node.slide ?? 1), node.partitions)
        .uid(uid)
    case 'update-state':
      return updateState(at(streams, node.from), node, { ...form, migrates })
    case 'map-with-state':
      return mapWithState(at(streams, node.from), node, { ...form, migrates, batches })
    case 'snapshots':
      return snapshotsOf(at(streams, node.of) as MappedStream)
  }
}

function log(ssc: StreamBuilder, node: LogSpec, { form: { uid }, process: { release } }: Declared): Pairs {
  const { stream, quota } = node
  const onBadRecord = quota === undefined ? 'fail' : { deadLetter: quota }
  const pairs = ssc
    .inputStream<[Key, number]>({ kind: sourceKind(node) ?? '', options: { stream, onBadRecord } })
    .uid(uid)
  if (quota === undefined) return pairs
  return pairs.map((pair) => {
    if (isBad(pair, release.mends)) throw new Error(`no such number: ${pair[1]}`)
    return pair
  })
}

function declareOutput({ kind, name }: OutputSpec, stream: Pairs, process: AppProcess): void {
  const prefix = `${OUTPUT}/${name}`
  const layout = LAYOUTS[name] ?? {}
  const { factor } = process.release
  switch (kind) {
    case 'text':
      stream.saveAsTextFiles(prefix, '', layout)
      break
    case 'tagged':
      stream.map(([key, value]) => [key, value, `~${process.nonce}`]).saveAsTextFiles(prefix, '', layout)
      break
    case 'chain':
      stream
        .updateStateByKey<Link>((values, link) => chained(values, link, process.nonce), 2)
        .uid('chain')
        .saveAsTextFiles(prefix, '', layout)
      break
    case 'effect':
      stream.foreachRDD(async (rdd, _time, output) => {
        const pairs = await rdd.collect()
        await process.record(output.token(), JSON.stringify(pairs.map(([key, value]) => [key, factor * value])))
      })
      break
    case 'keyed':
      stream
        .reduceByKey((a, b) => a + b, 2)
        .map(([key, sum]): [string, number | undefined] => [JSON.stringify(key), keyedValue(factor * sum)])
        .foreachRDD((rdd, time, output) => keyedWrites(process.keyed(output.token()))(rdd, time, output))
  }
}

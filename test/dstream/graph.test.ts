import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { Graph } from '../../src/dstream/graph.ts'
import { ONE_FILE_A_PARTITION } from '../../src/dstream/outputs/files-layout.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import { RecordError } from '../../src/rdd/failure.ts'
import { textFormat } from '../../src/rdd/formats/text-format.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { runApp, runStream } from './run-batches.ts'

const graphOf = (build: (ssc: StreamBuilder) => void): Graph =>
  buildGraph(defineApp({ name: 'test', batchInterval: seconds(1) }, build))
const count = (values: number[], n: number | undefined): number => values.length + (n ?? 0)
const lines = (ssc: StreamBuilder): DStream<string> => ssc.textFileStream('/in')
const counted = (stream: DStream<string>) => stream.map((line) => [line, 1]).updateStateByKey(count)

test('a graph without outputs is refused with Spark’s message', () => {
  assert.throws(() => graphOf((ssc) => void lines(ssc)).validate(), {
    code: 'no-output',
    message: 'No output operations registered, so nothing to execute',
  })
})

test('nothing is added once the graph is closed', () => {
  let stream: DStream<string> | undefined
  const graph = graphOf((ssc) => {
    stream = lines(ssc)
    stream.print()
  })
  graph.validate()
  const message = 'Adding new inputs, transformations, and output operations after starting a context is not supported'
  for (const add of [() => stream?.map((x) => x), () => stream?.print(), () => stream?.uid('x')]) {
    assert.throws(() => add(), { message })
  }
})

test('streams with different slides cannot be combined', () => {
  graphOf((ssc) => {
    const pairs = lines(ssc).map((line) => [line, 1])
    const slow = pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(4), seconds(2))
    const message = /Some of the DStreams have different slide durations: 1000 ms .*, 2000 ms/
    assert.throws(() => pairs.union(slow), message)
    assert.throws(() => pairs.join(slow), message)
    assert.throws(() => ssc.union([]), /Empty list of DStreams/)
  })
})

test('windows are multiples of the parent’s slide, or Spark’s error', () => {
  graphOf((ssc) => {
    const pairs = lines(ssc).map((line) => [line, 1])
    const sum = (a: number, b: number): number => a + b
    assert.throws(
      () => pairs.reduceByKeyAndWindow(sum, milliseconds(1500)),
      /The window duration of windowed DStream \(1500 ms\) must be a multiple of the slide duration of parent DStream \(1000 ms\)/,
    )
    assert.throws(
      () => pairs.reduceByKeyAndWindow(sum, sum, seconds(2), milliseconds(1500)),
      /The slide duration of ReducedWindowedDStream \(1500 ms\) must be a multiple/,
    )
    assert.throws(() => pairs.reduceByKeyAndWindow(sum, seconds(2), seconds(0)), /must be positive/)
  })
})

test('ids depend on kind and path, not on what else is in the graph', () => {
  const alone = graphOf((ssc) => counted(lines(ssc)).print())
  const among = graphOf((ssc) => {
    const input = lines(ssc)
    input.count().print()
    input
      .filter((line) => line !== '')
      .map((line) => [line, 1])
      .updateStateByKey(count)
      .print()
    counted(input).print()
    ssc.kinesisStream({ streamName: 's' }).print()
  })
  const [id] = alone.stateful.map((operator) => operator.id)
  assert.match(String(id), /^updateStateByKey-[0-9a-f]{10}$/)
  assert.equal(among.stateful.filter((operator) => operator.id === id).length, 1)
  assert.equal(among.stateful.length, 2)
  assert.deepEqual(
    among.inputs.map(({ uid }) => uid),
    ['textFileStream', 'kinesisStream'],
  )
  assert.deepEqual(among.warnings, [])
})

test('siblings alike are told apart by their place, and a warning says to name them', () => {
  const twins = (named: boolean): Graph =>
    graphOf((ssc) => {
      const pairs = lines(ssc).map((line) => [line, 1])
      const streams = [pairs.updateStateByKey(count), pairs.updateStateByKey(count)]
      if (named) streams.forEach((stream, i) => void stream.uid(`total-${i}`))
      for (const stream of streams) stream.print()
    })
  const [first, second] = twins(false).stateful.map(({ id }) => id)
  assert.equal(second, `${first}-2`)
  assert.equal(twins(false).warnings.length, 2)
  assert.match(
    String(twins(false).warnings[0]),
    /Give this operator a \.uid\(\).*updateStateByKey at graph\.test\.ts:\d+/,
  )
  assert.deepEqual(
    twins(true).stateful.map(({ id, named }) => [id, named]),
    [
      ['total-0', true],
      ['total-1', true],
    ],
  )
  assert.deepEqual(twins(true).warnings, [])
})

test('a uid keeps the names of everything below when code above changes', () => {
  const below = (clean: boolean): string[] =>
    graphOf((ssc) => {
      const input = clean ? lines(ssc).filter((line) => line !== '') : lines(ssc)
      counted(input.map((line) => line).uid('clean')).print()
    }).stateful.map(({ id }) => id)
  assert.deepEqual(below(true), below(false))
})

test('one uid for two operators is refused', () => {
  const graph = (): Graph =>
    graphOf((ssc) => {
      lines(ssc)
        .uid('in')
        .map((line) => line)
        .uid('in')
        .print()
    })
  assert.throws(graph, { code: 'duplicate-uid' })
  assert.throws(() => graphOf((ssc) => void lines(ssc).uid('a/b')), { code: 'bad-uid' })
})

test('a uid that no plain object can have as a key is refused', () => {
  assert.throws(() => graphOf((ssc) => void lines(ssc).uid('__proto__')), { code: 'bad-uid', message: /"__proto__"/ })
})

test('the fingerprint is that of the graph’s meaning for stored plans and state', () => {
  const print = (build: (ssc: StreamBuilder) => void): string => graphOf(build).fingerprint()
  const base = print((ssc) => counted(lines(ssc)).print())
  assert.equal(
    print((ssc) => counted(lines(ssc)).print(3)),
    base,
  )
  assert.notEqual(
    print((ssc) =>
      lines(ssc)
        .map((line) => [line, 1])
        .updateStateByKey(count, 7)
        .print(),
    ),
    base,
  )
  assert.notEqual(
    print((ssc) => counted(lines(ssc).filter(Boolean)).print()),
    base,
  )
  assert.notEqual(
    print((ssc) => counted(lines(ssc)).saveAsTextFiles('out')),
    base,
  )
})

test('outputs are named by kind and place, or by hand, and names are unique', () => {
  const graph = graphOf((ssc) => {
    const stream = lines(ssc)
    stream.print()
    stream.saveAsTextFiles('/out', 'txt', { name: 'files' })
    stream.print(5)
    stream.foreachRDD(() => {})
  })
  assert.deepEqual(
    graph.outputs.map(({ name }) => name),
    ['print', 'files', 'print-2', 'foreachRDD'],
  )
  assert.deepEqual(graph.sink('files'), {
    kind: 'files',
    options: { prefix: '/out', suffix: 'txt', format: textFormat, layout: ONE_FILE_A_PARTITION },
  })
  assert.deepEqual(graph.sink('print-2'), { kind: 'print', options: { num: 5 } })
  assert.equal(graph.sink('foreachRDD'), undefined)
  assert.equal(graph.hasForeachRDD, true)
  const twice = (ssc: StreamBuilder): void => {
    for (const _ of [1, 2]) lines(ssc).print(1, { name: 'x' })
  }
  assert.throws(() => graphOf(twice), { code: 'duplicate-output' })
})

test('names that differ by upper and lower case alone are refused, as they are one to some file systems', () => {
  const streams = (ssc: StreamBuilder): void => {
    for (const uid of ['Clicks', 'clicks']) lines(ssc).uid(uid).print()
  }
  assert.throws(() => graphOf(streams), { code: 'duplicate-uid', message: /upper and lower case.*"clicks"/ })
  const outputs = (ssc: StreamBuilder): void => {
    for (const name of ['Counts', 'counts']) lines(ssc).saveAsTextFiles(`/out/${name}`, '', { name })
  }
  assert.throws(() => graphOf(outputs), { code: 'duplicate-output', message: /upper and lower case.*"counts"/ })
})

test('what no output uses takes no part: it is not read, and keeps no state', async () => {
  const graph = graphOf((ssc) => {
    counted(lines(ssc))
    ssc.kinesisStream({ streamName: 's' }).print()
  })
  assert.deepEqual(
    graph.inputs.map(({ uid }) => uid),
    ['kinesisStream'],
  )
  assert.deepEqual(graph.stateful, [])
})

test('sources are data', () => {
  const filter = (): boolean => true
  const graph = graphOf((ssc) => {
    ssc.textFileStream('s3://b/in', { newFilesOnly: false, filter }).print()
    ssc.binaryRecordsStream('/bin', 8).print()
    ssc.kinesisStream({ streamName: 's' }).print()
    ssc.queueStream([[1]], false).print()
  })
  assert.deepEqual(
    graph.inputs.map(({ descriptor }) => descriptor),
    [
      { kind: 'file', options: { url: 's3://b/in', format: 'text', newFilesOnly: false, filter } },
      { kind: 'file', options: { url: '/bin', format: 'binary-records', recordLength: 8 } },
      { kind: 'kinesis', options: { initialPosition: 'LATEST', streamName: 's' } },
      { kind: 'queue', options: { queue: [[1]], oneAtATime: false, defaultRDD: undefined, partitions: 2 } },
    ],
  )
})

test('a stream is computed once per batch, however many outputs use it', async () => {
  let transforms = 0
  let reads = 0
  await runApp({ inputs: [[[1], [2]]] }, (ssc) => {
    const shared = ssc.queueStream<number>([]).transform((rdd) => {
      transforms++
      return rdd
        .map((n) => {
          reads++
          return [n, n]
        })
        .reduceByKey((a) => a)
    })
    for (const _ of [1, 2]) shared.foreachRDD((rdd) => rdd.count())
  })
  assert.equal(transforms, 2)
  assert.equal(reads, 2)
})

test('a failing function is named by its place in the application', async () => {
  const failing = runStream(
    { inputs: [[[1, 2, 3]]] },
    ([s]) =>
      (s as DStream<number> | undefined)
        ?.filter((n) => n > 0)
        .map((n) => {
          if (n === 3) throw new Error('three')
          return n
        }) as DStream<number>,
  )
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof RecordError)
    assert.match(
      error.message,
      /^map at graph\.test\.ts:\d+ failed in partition 1 at element 3 of the collection: three$/,
    )
    return true
  })
})

test('functions of whole datasets that throw are named, too', async () => {
  const throwing = (operator: 'transform' | 'foreachRDD') =>
    runApp({ inputs: [[[1]]] }, (ssc) => {
      const fail = (): never => {
        throw new Error('boom')
      }
      const stream = ssc.queueStream<number>([])
      if (operator === 'transform') stream.transform(fail).foreachRDD(() => {})
      else stream.foreachRDD(fail)
    })
  for (const operator of ['transform', 'foreachRDD'] as const) {
    await assert.rejects(throwing(operator), (error) => {
      assert.ok(error instanceof SluiceError)
      assert.equal(error.code, 'user-function-failed')
      assert.match(error.message, new RegExp(`^${operator} at graph\\.test\\.ts:\\d+ failed: boom$`))
      return true
    })
  }
})

test('a foreachRDD function that does not wait for its jobs fails the batch: its effects could be lost', async () => {
  const run = (wait: boolean) =>
    runApp({ inputs: [[[1, 2, 3]]] }, (ssc) => {
      ssc.queueStream<number>([]).foreachRDD((rdd) => {
        const job = rdd.foreachPartition(() => {})
        return wait ? job : undefined
      })
    })
  await run(true)
  await assert.rejects(run(false), (error) => {
    assert.ok(error instanceof SluiceError)
    assert.equal(error.code, 'job-not-awaited')
    assert.match(error.message, /return or await the promise of every action: foreachRDD at graph\.test\.ts:\d+$/)
    return true
  })
})

test('two outputs that would publish the same files are refused; one suffix more tells them apart', () => {
  const writing = (suffix: string): Graph =>
    graphOf((ssc) => {
      const stream = lines(ssc)
      stream.saveAsTextFiles('out/words')
      stream.count().saveAsTextFiles('out/words', suffix, { name: 'counts' })
    })
  assert.throws(
    () => writing(''),
    /same place.*: out\/words-TIME \(saveAsTextFiles at graph\.test\.ts:\d+, saveAsTextFiles at graph\.test\.ts:\d+\)/,
  )
  assert.equal(writing('count').outputs.length, 2)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import { seconds } from '../../src/util/time.ts'

type Words = DStream<string>

const add = (a: number, b: number): number => a + b
const counted = (words: Words) => words.map((word) => [word, 1]).reduceByKey(add)

function readers(build: (words: Words) => void): number | undefined {
  const app = defineApp({ name: 'test', batchInterval: seconds(1) }, (ssc) => build(ssc.textFileStream('/in')))
  return buildGraph(app).inputs[0]?.readers
}

test('each output reads the input of a stream without a shuffle', () => {
  assert.equal(
    readers((words) => words.map((word) => word.length).print()),
    1,
  )
  const two = (words: Words): void => {
    const long = words.filter((word) => word.length > 3)
    long.print()
    long.saveAsTextFiles('out')
  }
  assert.equal(readers(two), 2)
})

test('what is gathered, counted or reduced reads once, however many read it', () => {
  const gathering: readonly ((words: Words) => DStream<unknown>)[] = [
    counted,
    (words) => counted(words).map(([word]) => word),
    (words) => words.map((word) => [word, 1]).groupByKey(),
    (words) => words.countByValue(),
    (words) => words.count(),
    (words) => words.reduce((a, b) => a + b),
    (words) => words.repartition(3),
    (words) => words.window(seconds(3)),
    (words) => words.map((word) => [word, 1]).updateStateByKey<number>((ones, sum = 0) => ones.length + sum),
    (words) => words.map((word) => [word, 1]).reduceByKeyAndWindow(add, seconds(3)),
    (words) => words.persist(),
  ]
  for (const operation of gathering) {
    const twice = readers((words) => {
      const stream = operation(words)
      stream.print()
      stream.saveAsTextFiles('out')
    })
    assert.equal(twice, 1, String(operation))
  }
})

test('a join of a stream with itself reads each side, and so does a union', () => {
  const pairs = (words: Words) => words.map((word): [string, number] => [word, 1])
  assert.equal(
    readers((words) => pairs(words).join(pairs(words)).print()),
    2,
  )
  assert.equal(
    readers((words) => {
      const same = pairs(words)
      same.leftOuterJoin(same).print()
    }),
    2,
  )
  assert.equal(
    readers((words) => words.union(words.filter((word) => word !== '')).print()),
    2,
  )
})

test('a branch that is persisted is one reader beside the others', () => {
  const persisted = (words: Words): void => {
    const kept = words.map((word) => word.length).persist()
    kept.print()
    kept.saveAsTextFiles('out')
    words.print()
  }
  assert.equal(readers(persisted), 2)
})

test('branches that no output needs read nothing', () => {
  const unused = (words: Words): void => {
    counted(words)
    words.print()
  }
  assert.equal(readers(unused), 1)
})

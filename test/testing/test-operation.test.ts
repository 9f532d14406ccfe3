import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds } from 'sluice'
import { BatchesDiffer, runOperation, testOperation } from 'sluice/testing'

const sum = (values: readonly number[], state = 0) => values.reduce((a, b) => a + b, state)

test('each batch gives one array, in which elements have the order of the input', async () => {
  const batches = await testOperation({ inputs: [[1, 2, 3], [], [4]], operation: (s) => s.map((n) => n * 2) })
  assert.deepEqual(batches, [[2, 4, 6], [], [8]])
})

test('a batch without a dataset is undefined, unlike an empty one', async () => {
  const batches = await testOperation({ inputs: [[1], undefined, []], operation: (s) => s.map((n) => n) })
  assert.deepEqual(batches, [[1], undefined, []])
})

test('further streams are further arguments', async () => {
  await testOperation({
    inputs: [[['a', 1]], [['b', 2]]],
    inputs2: [[['a', 'x']], []],
    operation: (left, right) => left.join(right),
    expected: [[['a', [1, 'x']]], []],
  })
})

test('a window that slides by two batches has no dataset in every second one', async () => {
  const run = await runOperation({
    inputs: [['a'], ['b'], ['c'], ['d']],
    operation: (s) => s.map((x) => [x, 1]).reduceByKeyAndWindow((a, b) => a + b, seconds(2), seconds(2)),
  })
  assert.deepEqual(
    run.firings.map(({ timeMs }) => timeMs),
    [2000, 4000],
  )
  assert.equal(run.batches[0], undefined)
})

test('a restart in any place changes no batch of state', async () => {
  const options = {
    inputs: [[['a', 1]], [['b', 2]], [['a', 3]], []] as [string, number][][],
    operation: (s: import('sluice').DStream<[string, number]>) => s.updateStateByKey<number>(sum),
  }
  const whole = await testOperation(options)
  for (const restartAfter of [1, 2, 3, [1, 2, 3]]) {
    assert.deepEqual(await testOperation({ ...options, restartAfter }), whole)
  }
})

test('options of the wrong shape are refused before anything runs, and an operation that returns no stream is', async () => {
  const inputs = [['a']]
  const operation = (s: import('sluice').DStream<string>) => s.count()
  const wrong: [object, RegExp][] = [
    [{ operation }, /inputs takes one array a batch/],
    [{ inputs: ['a'], operation }, /inputs takes one array a batch.*number 1 is a$/],
    [{ inputs, inputs2: [[1], 2], operation }, /inputs2 takes .* number 2 is 2$/],
    [{ inputs }, /operation takes a function/],
    [{ inputs, operation, numBatches: -1 }, /numBatches .* whole number from 0: -1/],
    [{ inputs, operation, expected: [1] }, /expected takes one array a batch.*number 1 is 1$/],
    [{ inputs, operation: () => {} }, /operation must return the stream .*: undefined/],
    [{ inputs, operation: async () => {} }, /operation must return the stream .* without async/],
  ]
  for (const [options, message] of wrong) {
    await assert.rejects(testOperation(options as never), { code: 'bad-test', message })
  }
})

test('a difference is shown batch by batch', async () => {
  const failing = testOperation({ inputs: [[1], [2]], operation: (s) => s.count(), expected: [[1], [2]] })
  await assert.rejects(failing, (error: unknown) => {
    assert.ok(error instanceof BatchesDiffer)
    assert.match(
      error.message,
      /1 of 2 batches[\s\S]*1000 ms\s+same\s+\[1\][\s\S]*2000 ms\s+! expected\s+\[2\]\n\s+got\s+\[1\]/,
    )
    assert.deepEqual(
      [error.actual, error.expected],
      [
        [[1], [1]],
        [[1], [2]],
      ],
    )
    return true
  })
})

test('a batch that fails rejects, and the batches before it are told', async () => {
  const operation = (s: import('sluice').DStream<number>) =>
    s.map((n) => {
      if (n === 2) throw new Error('two')
      return n
    })
  await assert.rejects(testOperation({ inputs: [[1], [2]], operation }), /two/)
  const run = await runOperation({ inputs: [[1], [2], [3]], operation })
  assert.deepEqual([run.batches, run.times], [[[1]], [1000]])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SparkContext } from '../../src/index.ts'
import { localEnvironment } from '../../src/local/index.ts'
import { runOperation } from '../../src/testing/index.ts'

const { pipeThrough } = localEnvironment()
const context = (signal?: AbortSignal) => new SparkContext({ pipeThrough, signal })
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

test('each partition goes through a process of its own, line by line and in order', async () => {
  const words = context().parallelize(['row', 'your', 'boat', 'ashore'], 2)
  const counted = await words.pipe(['wc', '-l']).collect()
  assert.deepEqual(
    counted.map((line) => line.trim()),
    ['2', '2'],
  )
  assert.deepEqual(await words.pipe('cat').collect(), ['row', 'your', 'boat', 'ashore'])
})

test('an empty partition has a process, too', async () => {
  assert.deepEqual(await context().parallelize([], 2).pipe(['echo', 'ahoy']).collect(), ['ahoy', 'ahoy'])
})

test('more than pipes hold goes through in both directions, and memory does not hold it all at once', async () => {
  const piped = context().parallelize(numbers(200_000), 1).pipe('cat')
  assert.equal(await piped.map(Number).sum(), (200_000 * 199_999) / 2)
})

test('a process that has had enough is no failure, and neither is who reads less than it writes', async () => {
  assert.deepEqual(await context().parallelize(numbers(100_000), 1).pipe('head -n 2').collect(), ['0', '1'])
  assert.deepEqual(await context().parallelize([1], 1).pipe(['sh', '-c', 'while :; do echo y; done']).take(2), [
    'y',
    'y',
  ])
})

test('variables are given to the process beside those of this one', async () => {
  const lines = context()
    .parallelize([1], 1)
    .pipe(['sh', '-c', 'cat > /dev/null; echo "$VERSE"; test -n "$PATH" && echo path'], { VERSE: 'one' })
  assert.deepEqual(await lines.collect(), ['one', 'path'])
})

test('what is printed, before the elements and for each, is up to the program', async () => {
  const pairs = context().parallelize<[string, number]>([['row', 3]], 1)
  const lines = pairs.pipe(
    'cat',
    {},
    {
      printPipeContext: (print) => print('words'),
      printRDDElement: ([word, count], print) => {
        for (let i = 0; i < count; i++) print(word)
      },
    },
  )
  assert.deepEqual(await lines.collect(), ['words', 'row', 'row', 'row'])
})

test('an exit that is not 0 fails the job in the words of Spark', async () => {
  const failing = context().parallelize([1], 1).pipe(['sh', '-c', 'cat > /dev/null; exit 3'])
  await assert.rejects(failing.collect(), {
    code: 'pipe-failed',
    message: 'Subprocess exited with status 3. Command ran: sh -c cat > /dev/null; exit 3',
  })
  await assert.rejects(context().parallelize([1]).pipe('no-such-program-anywhere').collect(), {
    code: 'pipe-failed',
    message: /no-such-program-anywhere/,
  })
  assert.throws(() => context().parallelize([1]).pipe(' '), { code: 'bad-command' })
})

test('what fails before the process fails the job, and so does a function that prints', async () => {
  const before = context()
    .parallelize([1], 1)
    .map((): number => {
      throw new RangeError('before')
    })
  await assert.rejects(before.pipe('cat').collect(), /map at pipe\.test\.ts:\d+ .*before/)
  const printing = context()
    .parallelize([1], 1)
    .pipe(
      'cat',
      {},
      {
        printRDDElement: () => {
          throw new RangeError('printing')
        },
      },
    )
  await assert.rejects(printing.collect(), /pipe at pipe\.test\.ts:\d+ .*printing/)
})

test('the end of the job ends the process', async () => {
  const stop = new AbortController()
  const sleeping = context(stop.signal).parallelize([1], 1).pipe('sleep 600').count()
  setTimeout(() => stop.abort(new Error('enough')), 50)
  await assert.rejects(sleeping)
})

test('departure 10: a dataset is piped where there are processes, and refused elsewhere', async () => {
  const { batches } = await runOperation({
    inputs: [['row', 'boat']],
    operation: (s) => s.transform((rdd) => rdd.pipe('sort')),
    numPartitions: 1,
  })
  assert.deepEqual(batches, [['boat', 'row']])
  assert.throws(() => new SparkContext().parallelize([1]).pipe('cat'), { code: 'no-processes' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, seconds } from 'sluice'
import { localEnvironment, Operator, runApplication } from 'sluice/local'
import { runApp, runOperation, testOperation } from 'sluice/testing'

/*
 * What a program without types misspells would be no option at all: a checkpoint that is forgotten, a replay of another kind, a test
 * that expects nothing. It is refused where it is given.
 */

const app = defineApp({ name: 'unknown-options', batchInterval: seconds(1) }, (ssc) => {
  ssc.textFileStream('memory://in').print()
})
const operator = new Operator(app, {}, localEnvironment())

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

type Untyped = (...given: readonly unknown[]) => unknown
const untyped = <T extends object>(object: T) => object as Readonly<Record<keyof T, Untyped>>
const acts = untyped(operator)

/** Each with how it is called with options; what goes wrong otherwise is not this test's. */
const TAKERS: Readonly<Record<string, (options: unknown) => unknown>> = {
  localEnvironment: (options) => (localEnvironment as Untyped)(options),
  runApplication: (options) => (runApplication as Untyped)(app, options),
  runApp: (options) => (runApp as Untyped)(app, options),
  runOperation: (options) => (runOperation as Untyped)(options),
  testOperation: (options) => (testOperation as Untyped)(options),
  inspect: (options) => acts.inspect(1000, options),
  inspectState: (options) => acts.inspectState(1000, options),
  replay: (options) => acts.replay(1000, options),
  replayRange: (options) => drained(acts.replayRange(options) as AsyncIterable<unknown>),
  publishAgain: (options) => drained(acts.publishAgain(options) as AsyncIterable<unknown>),
  compareWithPublished: (options) => drained(acts.compareWithPublished(options) as AsyncIterable<unknown>),
  skip: (options) => acts.skip(1000, 'broken', options),
  deadLetters: (options) => acts.deadLetters(options),
  showDeadLetters: (options) => drained(acts.showDeadLetters(options) as AsyncIterable<unknown>),
  retryDeadLetters: (options) => acts.retryDeadLetters(options),
  dropDeadLetters: (options) => acts.dropDeadLetters('broken', options),
  verify: (options) => acts.verify(options),
  collect: (options) => acts.collect(options),
  createSavepoint: (options) => acts.createSavepoint('name', options),
  deleteSavepoint: (options) => acts.deleteSavepoint('name', options),
  beginFrom: (options) => acts.beginFrom(localEnvironment(), 'name', options),
  reset: (options) => acts.reset(options),
}

for (const [name, take] of Object.entries(TAKERS)) {
  test(`${name} refuses an option that there is none of, and options that are no object, and says what to write`, async () => {
    const refused = async (options: unknown, says: RegExp): Promise<void> => {
      await assert.rejects(
        async () => take(options),
        ({ code, kind, message }: { code: string; kind: string; message: string }) => {
          assert.deepEqual([code, kind], ['bad-option', 'invalid'], message)
          assert.match(message, says)
          return true
        },
      )
    }
    await refused(
      { misspelt: 1 },
      new RegExp(`^${name} takes the options [a-zA-Z0-9, ]+, and no others; .*: misspelt$`),
    )
    await refused(7, new RegExp(`^${name} takes options as an object, as in \\{.+\\}: 7$`))
  })
}

test('Every act that takes options is among those', () => {
  const names = Object.getOwnPropertyNames(Operator.prototype)
  const without = ['constructor', 'foreseeUpgrade', 'savepoints']
  assert.deepEqual(
    names.filter((name) => !without.includes(name) && !(name in TAKERS)),
    [],
  )
})

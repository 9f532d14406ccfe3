import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SparkConf, SparkContext, seconds } from '../../../src/index.ts'
import { StreamingContext } from '../../../src/local/index.ts'
import { contextFor } from './context.ts'

/** As a program without types sees it. */
const Context = StreamingContext as unknown as {
  new (...given: readonly unknown[]): StreamingContext
  getOrCreate(...given: readonly unknown[]): Promise<StreamingContext>
}
const unknownOption = (name: string) => ({ code: 'bad-option', kind: 'invalid', message: new RegExp(`: ${name}$`) })

test('a context refuses options that there are none of, whatever it is made from', () => {
  const conf = new SparkConf().setMaster('local').setAppName('words')
  const forms = [
    ['local', 'words', seconds(1)],
    [conf, seconds(1)],
    [new SparkContext({ conf }), seconds(1)],
  ]
  for (const form of forms) {
    assert.throws(() => new Context(...form, { logs: console }), unknownOption('logs'))
    assert.throws(() => new Context(...form, { checkpoint: 'data/checkpoint' }), unknownOption('checkpoint'))
    assert.throws(() => new Context(...form, null), {
      code: 'bad-option',
      message: /^A StreamingContext takes options/,
    })
  }
})

test('getOrCreate refuses options that there are none of, before it makes a context', async () => {
  let made = 0
  const create = () => {
    made++
    return new StreamingContext('local', 'words', seconds(1))
  }
  await assert.rejects(
    Context.getOrCreate('data/checkpoint', create, { createOnErrors: true }),
    unknownOption('createOnErrors'),
  )
  assert.equal(made, 0)
})

test('a stop that is asked for in words that there are none of stops nothing', async (t) => {
  const ssc = contextFor(t)
  const stop = (options: unknown) => ssc.stop(options as object)
  await assert.rejects(stop({ graceful: true }), unknownOption('graceful'))
  await assert.rejects(stop('gracefully'), { code: 'bad-option', message: /ssc\.stop\(\{ stopGracefully: true \}\)/ })
  assert.equal(ssc.getState(), 'INITIALIZED')
  await ssc.stop()
})

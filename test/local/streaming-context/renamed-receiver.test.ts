import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Receiver } from '../../../src/dstream/receiver.ts'
import type { UpgradeOptions } from '../../../src/dstream/upgrade-options.ts'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'
import { contextFor } from './context.ts'

/** Is given all at once, as it starts. */
class Given extends Receiver<string> {
  readonly #words: readonly string[]

  constructor(words: readonly string[]) {
    super()
    this.#words = words
  }
  onStart(): void {
    for (const word of this.#words) void this.store(word)
  }
  onStop(): void {}
}

interface Version {
  readonly uid: string
  readonly given: readonly string[]
  readonly upgrade?: UpgradeOptions
}

test('a stream with a receiver takes another uid after a stop in order: each record is read once', async (t) => {
  const checkpoint = join(tempDirectory(t), 'checkpoint')
  const read: string[] = []
  const start = async ({ uid, given, upgrade }: Version) => {
    const conf = new SparkConf({ 'spark.streaming.blockInterval': '10ms' })
    const ssc = contextFor(t, { name: 'renamed-receiver', conf, upgrade })
    ssc.checkpoint(checkpoint)
    const words = ssc.receiverStream(new Given(given)).uid(uid)
    words.foreachRDD(async (rdd) => void read.push(...(await rdd.collect())))
    await ssc.start()
    return ssc
  }
  const before = await start({ uid: 'ticker', given: ['row', 'boat'] })
  await before.stop({ stopGracefully: true })
  assert.deepEqual(read.sort(), ['boat', 'row'])

  const renamed = await start({ uid: 'quotes', given: [], upgrade: { rename: { ticker: 'quotes' } } })
  await assert.rejects(
    renamed.awaitTermination(),
    /'quotes' would not find: keep \.uid\('ticker'\), or stop the old code in order, .* upgrade: \{ drop: \['ticker'\] \}/,
  )
  await renamed.stop()

  const after = await start({ uid: 'quotes', given: ['stream'], upgrade: { drop: ['ticker'] } })
  await after.stop({ stopGracefully: true })
  assert.deepEqual(read.sort(), ['boat', 'row', 'stream'])
})

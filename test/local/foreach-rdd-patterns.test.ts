import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { QueueItem } from '../../src/dstream/sources/queue-stream.ts'
import { localEnvironment } from '../../src/local/environment.ts'
import { runApplication } from '../../src/local/run-application.ts'
import type { LongAccumulator } from '../../src/rdd/accumulators/numeric-accumulators.ts'
import type { RDDContext } from '../../src/rdd/rdd-context.ts'
import { seconds } from '../../src/util/time.ts'

/*
 * The patterns of Spark's programming guide for foreachRDD, as it writes them.
 */

/** A database that knows who is connected and what was sent. */
class Database {
  readonly sent: string[] = []
  opened = 0
  closed = 0

  async connect(): Promise<Connection> {
    this.opened++
    await Promise.resolve()
    return {
      send: async (record) => void this.sent.push(record),
      close: async () => void this.closed++,
    }
  }
}

interface Connection {
  send(record: string): Promise<void>
  close(): Promise<void>
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

async function run(app: Application): Promise<void> {
  await runApplication(app, { untilIdle: true }, localEnvironment({ log: quiet }))
}

const threeBatches: readonly QueueItem<string>[] = [['row row'], ['row your boat'], ['your boat']]

test('foreachPartition with a connection for each partition', async () => {
  const database = new Database()
  await run(
    defineApp({ name: 'connections', batchInterval: seconds(1) }, (ssc) => {
      const words = ssc.queueStream(threeBatches).flatMap((line) => line.split(' '))
      words.repartition(2).foreachRDD(async (rdd) => {
        await rdd.foreachPartition(async (partitionOfRecords) => {
          const connection = await database.connect()
          for await (const record of partitionOfRecords) await connection.send(record)
          await connection.close()
        })
      })
    }),
  )
  assert.deepEqual(database.sent.sort(), ['boat', 'boat', 'row', 'row', 'row', 'your', 'your'])
  assert.deepEqual([database.opened, database.closed], [6, 6])
})

test('a static, lazily made pool of connections outlives batches', async () => {
  const database = new Database()
  const free: Connection[] = []
  const ConnectionPool = {
    getConnection: async (): Promise<Connection> => free.pop() ?? database.connect(),
    returnConnection: (connection: Connection): void => void free.push(connection),
  }
  await run(
    defineApp({ name: 'pool', batchInterval: seconds(1) }, (ssc) => {
      ssc.queueStream(threeBatches).foreachRDD(async (rdd) => {
        await rdd.foreachPartition(async (partitionOfRecords) => {
          const connection = await ConnectionPool.getConnection()
          for await (const record of partitionOfRecords) await connection.send(record)
          ConnectionPool.returnConnection(connection)
        })
      })
    }),
  )
  assert.deepEqual(database.sent.sort(), ['row row', 'row your boat', 'your boat'])
  assert.ok(database.opened <= 4, `${database.opened} connections for tasks of which 4 run at once`)
})

/** Made by the first batch that asks; lives as long as the process. */
function singleton<T>(make: (sc: RDDContext) => T) {
  let instance: T | undefined
  return {
    getInstance(sc: RDDContext): T {
      instance ??= make(sc)
      return instance
    },
  }
}

/** What each batch wrote, and how many words had been dropped by then. */
function recoverableWordCount(lines: readonly QueueItem<string>[], written: string[]): Application {
  const WordExcludeList = singleton((sc) => sc.broadcast(['a', 'b', 'c']))
  const DroppedWordsCounter = singleton((sc) => sc.longAccumulator('DroppedWordsCounter'))
  return defineApp({ name: 'recoverable-word-count', batchInterval: seconds(1) }, (ssc) => {
    const words = ssc.queueStream(lines).flatMap((line) => line.split(' '))
    const wordCounts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
    wordCounts.foreachRDD(async (rdd) => {
      const excludeList = WordExcludeList.getInstance(rdd.sparkContext)
      const droppedWordsCounter = DroppedWordsCounter.getInstance(rdd.sparkContext)
      const counts = await rdd
        .filter(([word, count]) => {
          if (!excludeList.value.includes(word)) return true
          droppedWordsCounter.add(count)
          return false
        })
        .collect()
      written.push(`[${counts.sort().join(' ')}] dropped ${droppedWordsCounter.value}`)
    })
  })
}

test('a broadcast and an accumulator that one batch made serve the batches after it', async () => {
  const written: string[] = []
  await run(recoverableWordCount([['a row a'], ['b row'], ['boat']], written))
  assert.deepEqual(written, ['[row,1] dropped 2', '[row,1] dropped 3', '[boat,1] dropped 3'])
})

test('after a recovery, in a new process, the singletons are made anew and counting begins at zero', async () => {
  const written: string[] = []
  const environment = localEnvironment({ log: quiet })
  const lines = [['a row a'], ['b row'], ['c boat']]
  await runApplication(recoverableWordCount(lines, written), { batches: 1, untilIdle: true }, environment)
  await runApplication(recoverableWordCount(lines, written), { untilIdle: true }, environment)
  assert.deepEqual(written, ['[row,1] dropped 2', '[row,1] dropped 1', '[boat,1] dropped 2'])
})

test('JavaAPISuite: foreachRDD', async () => {
  let calls: LongAccumulator | undefined
  let elements: LongAccumulator | undefined
  await run(
    defineApp({ name: 'accumulators', batchInterval: seconds(1) }, (ssc) => {
      const inputs = [
        [1, 1, 1],
        [1, 1, 1],
      ]
      ssc.queueStream(inputs).foreachRDD(async (rdd) => {
        calls ??= rdd.sparkContext.longAccumulator()
        elements ??= rdd.sparkContext.longAccumulator()
        calls.add(1)
        await rdd.foreach((element) => elements?.add(element))
      })
    }),
  )
  assert.deepEqual([calls?.value, elements?.value], [2, 6])
})

test('functions of a batch read and write files by its context', async () => {
  const read: string[] = []
  await run(
    defineApp({ name: 'files', batchInterval: seconds(1) }, (ssc) => {
      ssc.queueStream(threeBatches).foreachRDD(async (rdd, time) => {
        await rdd.saveAsTextFile(`memory://lines-${time.milliseconds}`)
        const lines = await rdd.sparkContext.textFile(`memory://lines-${time.milliseconds}`)
        read.push(...(await lines.collect()))
        assert.equal(rdd.sparkContext.appName, 'files')
      })
    }),
  )
  assert.deepEqual(read, ['row row', 'row your boat', 'your boat'])
})

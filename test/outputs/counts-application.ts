import { defineApp, seconds } from '../../src/index.ts'
import { SqliteCountsTable } from './sqlite-counts-table.ts'

const { COUNTS_IN = '', COUNTS_DATABASE = '', COUNTS_DIE_AT } = process.env
const table = new SqliteCountsTable(COUNTS_DATABASE)
let steps = 0

/** The process ends at the given step of its life, as by a power failure: nothing is rolled back, flushed or closed. */
function step(): void {
  if (COUNTS_DIE_AT !== undefined && steps++ === Number(COUNTS_DIE_AT)) process.kill(process.pid, 'SIGKILL')
}

/** Counts words into a database, each batch's by its tokens. */
export default defineApp({ name: 'counts', batchInterval: seconds(1), defaultParallelism: 2 }, (ssc) => {
  const counts = ssc
    .textFileStream(COUNTS_IN, { newFilesOnly: false, maxFilesPerBatch: 1 })
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b)
  counts.foreachRDD(async (rdd, _time, output) => {
    step()
    await rdd.foreachPartition(async (pairs, partition) => {
      const rows: [string, number][] = []
      for await (const pair of pairs) rows.push(pair)
      table.add({ token: output.token(partition), rows }, step)
    })
    step()
  })
})

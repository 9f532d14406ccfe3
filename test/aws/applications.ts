import { defineApp, minutes, seconds } from '../../src/index.ts'

/** Counts the words of each batch's new files. */
export const wordCount = defineApp({ name: 'words', batchInterval: minutes(1) }, (ssc) => {
  ssc
    .textFileStream('s3://data/in', { newFilesOnly: false })
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b)
    .transform((rdd) => rdd.sortByKey())
    .saveAsTextFiles('s3://data/out/words')
})

/** The same every ten seconds. */
export const frequentWordCount = defineApp({ name: 'frequent', batchInterval: seconds(10) }, (ssc) => {
  ssc.textFileStream('s3://data/in', { newFilesOnly: false }).saveAsTextFiles('s3://data/out/lines')
})

/** Totals over all batches, by the record's first letter. */
export const totals = defineApp({ name: 'totals', batchInterval: minutes(1) }, (ssc) => {
  ssc
    .kinesisStream({
      streamName: 'letters',
      initialPosition: 'TRIM_HORIZON',
      decode: ({ data }) => new TextDecoder().decode(data),
    })
    .map((text) => [text.slice(0, 1), 1])
    .updateStateByKey<number>((ones, total = 0) => ones.reduce((sum, one) => sum + one, total))
    .transform((rdd) => rdd.sortByKey())
    .saveAsTextFiles('s3://data/out/totals')
})

/** One shard and one prefix, and no output while both are empty. */
export const shardAndPrefix = defineApp({ name: 'both', batchInterval: minutes(1) }, (ssc) => {
  const letters = ssc.kinesisStream({
    streamName: 'letters',
    initialPosition: 'TRIM_HORIZON',
    decode: ({ data }) => new TextDecoder().decode(data),
  })
  const table = ssc
    .textFileStream('s3://data/in', { newFilesOnly: false })
    .map((line) => [line, line.length])
    .updateStateByKey<number>((lengths, known) => lengths.at(-1) ?? known)
  letters
    .map((text) => [text, 1])
    .join(table)
    .saveAsTextFiles('s3://data/out/both')
})

import { defineApp, seconds } from '../../src/index.ts'

/** Where a campaign's applications read and write. */
export interface CampaignPlaces {
  readonly input: string
  readonly stream: string
  readonly output: string
}

/** One file a batch, so that every run has the same batches: what words there were so far, and in the last three batches. */
export function fileApplication({ input, output }: CampaignPlaces) {
  return defineApp({ name: 'files', batchInterval: seconds(1) }, (ssc) => {
    const words = ssc
      .textFileStream(input, { newFilesOnly: false, maxFilesPerBatch: 1 })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
    words
      .updateStateByKey<number>((ones, count = 0) => ones.length + count)
      .transform((rdd) => rdd.sortByKey())
      .saveAsTextFiles(`${output}/files/counts`)
    words
      .reduceByKeyAndWindow((a, b) => a + b, seconds(3), seconds(1))
      .transform((rdd) => rdd.sortByKey())
      .saveAsTextFiles(`${output}/files/recent`)
  })
}

/** What a stream has, record by record, and how many there were of each key. Batches are what each plan finds. */
export function streamApplication({ stream, output }: CampaignPlaces) {
  return defineApp({ name: 'records', batchInterval: seconds(1) }, (ssc) => {
    const records = ssc.kinesisStream({
      streamName: stream,
      initialPosition: 'TRIM_HORIZON',
      decode: ({ data }) => new TextDecoder().decode(data),
    })
    records.saveAsTextFiles(`${output}/records/lines`)
    records
      .map((record) => [record.slice(0, record.indexOf(' ')), 1])
      .updateStateByKey<number>((ones, count = 0) => ones.length + count)
      .transform((rdd) => rdd.sortByKey())
      .saveAsTextFiles(`${output}/records/totals`)
  })
}

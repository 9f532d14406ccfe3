import { defineApp, seconds } from 'sluice'
import * as z from 'zod'

const params = z.strictObject({
  /** Directory or `s3://bucket/prefix` of text files; those that are there already are counted, too. */
  in: z.string(),
  /** Each batch writes every count so far, sorted by word, to `<out>-<batch time in ms>/`. */
  out: z.string(),
  /** What separates words; by default white space. */
  splitOn: z.string().min(1).optional(),
  /** Leaves more files than this for the next batch. */
  maxFilesPerBatch: z.coerce.number().int().positive().optional(),
})

/** Counts words over all batches: the counts are state, kept exactly once through every restart. */
export default defineApp({ name: 'running-count', batchInterval: seconds(10), params }, (ssc, settings) => {
  const { in: directory, out, splitOn = /\s+/, maxFilesPerBatch } = settings
  const lines = ssc.textFileStream(directory, { newFilesOnly: false, maxFilesPerBatch })
  const words = lines.flatMap((line) => line.split(splitOn)).filter((word) => word !== '')
  const counts = words
    .map((word) => [word, 1])
    .updateStateByKey<number>((ones, count = 0) => ones.reduce((sum, one) => sum + one, count))
  const sorted = counts.transform((rdd) => rdd.sortByKey())
  sorted.print()
  sorted.saveAsTextFiles(out)
})

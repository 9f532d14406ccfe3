import { defineApp, seconds } from 'sluice'
import * as z from 'zod'

const params = z.strictObject({
  /** Directory or `s3://bucket/prefix` of text files; those that are there already are counted, too. */
  in: z.string(),
  /** Each batch that has counts writes `<out>-<batch time in ms>/part-00000 …` and `_SUCCESS`. */
  out: z.string(),
  /** What separates words; by default white space. */
  splitOn: z.string().min(1).optional(),
  /** Leaves more files than this for the next batch. */
  maxFilesPerBatch: z.coerce.number().int().positive().optional(),
})

/** Counts the words of each batch's new files. */
export default defineApp({ name: 'word-count', batchInterval: seconds(10), params }, (ssc, settings) => {
  const { in: directory, out, splitOn = /\s+/, maxFilesPerBatch } = settings
  const lines = ssc.textFileStream(directory, { newFilesOnly: false, maxFilesPerBatch })
  const words = lines.flatMap((line) => line.split(splitOn)).filter((word) => word !== '')
  const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
  counts.print()
  counts.saveAsTextFiles(out)
})

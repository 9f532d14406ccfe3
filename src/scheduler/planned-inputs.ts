import type { OffsetRange, Plan, SourcePlan } from '../checkpoint/plan.ts'
import { badRecordQuota } from '../dstream/sources/bad-records.ts'
import type { Source, SourceDescriptor } from '../ports/source.ts'
import type { RDD } from '../rdd/rdd.ts'
import { sourceRDD } from '../rdd/source-rdd.ts'
import type { SparkContext } from '../rdd/spark-context.ts'
import { allDone } from '../util/all-done.ts'
import { type Awaitable, andThen } from '../util/awaitable.ts'
import { ownValue } from '../util/own-value.ts'
import { BadPlaces } from './dead-letters/bad-places.ts'
import { goodRecords } from './dead-letters/good-records.ts'
import { StreamRecords } from './dead-letters/stream-records.ts'
import { type Runtime, sourceOf } from './runtime.ts'
import { ReadBudget, SharedRead } from './shared-read.ts'

/** The datasets of a plan, by input stream, and how many records they turned out to have. */
export interface PlannedInputs {
  readonly datasets: ReadonlyMap<string, RDD<unknown>>
  records(): { [streamUid: string]: number }
  /** To be called when nobody reads them any more. */
  close(): Awaitable<void>
}

/** Of the memory, what records may take that several jobs of a batch read. */
const SHARED_SHARE = 1 / 8

/** One dataset per input stream, one partition per planned range. A stream that is newer than the plan has an empty one. */
export function plannedInputs(
  runtime: Runtime,
  { plan, leftOut = new BadPlaces() }: { readonly plan: Plan; readonly leftOut?: BadPlaces },
  sparkContext: SparkContext,
): PlannedInputs {
  const counters = new Map<string, number[]>()
  const datasets = new Map<string, RDD<unknown>>()
  const shared: SharedRead<unknown>[] = []
  const budget = new ReadBudget(runtime.memoryBytes * SHARED_SHARE)
  for (const { uid, readers, descriptor } of runtime.graph.inputs) {
    const cut = ownValue(plan.sources, uid)
    if (cut?.noDataset === true && (cut.retried ?? []).length === 0) continue
    const ranges = cut?.ranges ?? []
    const counts: number[] = []
    counters.set(uid, counts)
    const source = sourceOf(runtime, uid)
    if (cut !== undefined && isScreened(descriptor, cut)) {
      const records = new StreamRecords(source, runtime.checkpoint, cut)
      datasets.set(uid, sourceRDD(sparkContext, goodRecords(records, { leftOut, stream: uid, counts })))
      continue
    }
    const reads =
      readers < 2 ? [] : ranges.map((range) => new SharedRead((signal) => source.read(range, signal), budget))
    // One by one: of more files than a call takes arguments, too.
    for (const read of reads) shared.push(read)
    datasets.set(uid, dataset(source, { ranges, reads, counts, sparkContext }))
  }
  const records = () => Object.fromEntries([...counters].map(([uid, counts]) => [uid, sum(counts)]))
  const close = () => andThen(allDone(shared.map((read) => read.close())), () => {})
  return { datasets, records, close }
}

/** Whether records are read one by one and undecoded. */
function isScreened(descriptor: SourceDescriptor, { retried = [] }: SourcePlan): boolean {
  return badRecordQuota(descriptor) !== undefined || retried.length > 0
}

interface PlannedRanges {
  readonly ranges: readonly OffsetRange[]
  /** By partition, where several jobs read it. */
  readonly reads: readonly SharedRead<unknown>[]
  /** Records by partition. Counted anew by each job that reads the partition; the longest reading counts. */
  readonly counts: number[]
  readonly sparkContext: SparkContext
}

function dataset(source: Source, { ranges, reads, counts, sparkContext }: PlannedRanges): RDD<unknown> {
  const rangeAt = (partition: number): OffsetRange => {
    const range = ranges[partition]
    if (range === undefined) throw new RangeError(`no range for partition ${partition}`)
    return range
  }
  return sourceRDD(sparkContext, {
    partitions: ranges.length,
    read: (partition, signal) => reads[partition]?.read(signal) ?? source.read(rangeAt(partition), signal),
    noted: (partition, records) => {
      counts[partition] = Math.max(counts[partition] ?? 0, records)
    },
    describe: (partition, index) => source.describe(rangeAt(partition), index),
  })
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + (count ?? 0), 0)
}

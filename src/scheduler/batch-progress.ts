import type { Plan, SourcePlan } from '../checkpoint/plan.ts'
import type { BatchOutput } from '../dstream/batch.ts'
import type { BatchInfo, OutputOperationInfo, StreamInputInfo } from '../dstream/streaming-listener.ts'
import type { Source } from '../ports/source.ts'
import { ownValue } from '../util/own-value.ts'
import { type Runtime, sourceOf } from './runtime.ts'

/** Ranges of one stream that its description names; a batch may have thousands. */
const DESCRIBED_RANGES = 100

export interface ProgressOf {
  readonly runtime: Runtime
  readonly plan: Plan
  readonly submissionTime: number
  readonly processingStartTime: number
}

/** Tells listeners of one attempt at a batch, step by step. A batch without any dataset is not told of. */
export class BatchProgress {
  readonly #of: ProgressOf
  readonly #outputs: OutputOperationInfo[] = []
  #underWay = false

  constructor(of: ProgressOf) {
    this.#of = of
  }

  /** The datasets are there; the outputs come next. */
  begin(outputs: readonly BatchOutput[]): void {
    if (outputs.length === 0) return
    const { runtime, plan, submissionTime, processingStartTime } = this.#of
    const { listeners } = runtime.graph
    this.#underWay = true
    for (const [id, { name, description }] of outputs.entries()) {
      this.#outputs.push({ batchTime: plan.batchTime, id, name, description })
    }
    listeners.post('onBatchSubmitted', { batchInfo: this.#info({ submissionTime }) })
    listeners.post('onBatchStarted', { batchInfo: this.#info({ submissionTime, processingStartTime }) })
  }

  outputStarted(id: number): void {
    const outputOperationInfo = this.#output(id, { startTime: this.#of.runtime.clock.now() })
    this.#of.runtime.graph.listeners.post('onOutputOperationStarted', { outputOperationInfo })
  }

  outputEnded(id: number, failureReason?: string): void {
    const endTime = this.#of.runtime.clock.now()
    const duration = endTime - (this.#outputs[id]?.startTime ?? endTime)
    const reason = failureReason === undefined ? {} : { failureReason }
    const outputOperationInfo = this.#output(id, { endTime, duration, ...reason })
    this.#of.runtime.graph.listeners.post('onOutputOperationCompleted', { outputOperationInfo })
  }

  /** The attempt is over, whether it was committed or failed. `records`: as they turned out to be. */
  end(records?: Readonly<Record<string, number>>): void {
    if (!this.#underWay) return
    this.#underWay = false
    const { runtime, submissionTime, processingStartTime } = this.#of
    const { graph, clock } = runtime
    const times = { submissionTime, processingStartTime, processingEndTime: clock.now() }
    graph.listeners.post('onBatchCompleted', { batchInfo: this.#info(times, records) })
  }

  #output(id: number, change: Partial<OutputOperationInfo>): OutputOperationInfo {
    const known = this.#outputs[id] ?? { batchTime: this.#of.plan.batchTime, id, name: '', description: '' }
    const info = { ...known, ...change }
    this.#outputs[id] = info
    return info
  }

  #info(times: Times, records?: Readonly<Record<string, number>>): BatchInfo {
    const inputs = this.#inputs(records)
    return {
      batchTime: this.#of.plan.batchTime,
      streamIdToInputInfo: Object.fromEntries(inputs.map((input) => [input.inputStreamId, input])),
      ...times,
      ...delays(times),
      numRecords: inputs.reduce((sum, { numRecords }) => sum + numRecords, 0),
      outputOperationInfos: Object.fromEntries(this.#outputs.map((output) => [output.id, output])),
    }
  }

  /** A source that cannot tell before it is read counts as 0 until the batch is over. */
  #inputs(records?: Readonly<Record<string, number>>): StreamInputInfo[] {
    const { runtime, plan } = this.#of
    return runtime.graph.inputs.flatMap(({ uid, streamId }) => {
      const cut = ownValue(plan.sources, uid)
      if (cut === undefined) return []
      const numRecords = ownValue(records, uid) ?? cut.records ?? 0
      return [{ inputStreamId: streamId, numRecords, metadata: metadataOf(sourceOf(runtime, uid), cut) }]
    })
  }
}

interface Times {
  readonly submissionTime: number
  readonly processingStartTime?: number
  readonly processingEndTime?: number
}

function delays({ submissionTime, processingStartTime: start, processingEndTime: end }: Times): Partial<BatchInfo> {
  if (start === undefined) return {}
  const schedulingDelay = start - submissionTime
  return end === undefined
    ? { schedulingDelay }
    : { schedulingDelay, processingDelay: end - start, totalDelay: end - submissionTime }
}

/** What the stream itself says of it counts more. */
function metadataOf(source: Source, cut: SourcePlan): StreamInputInfo['metadata'] {
  return source.inputInfo?.(cut) ?? { Description: described(cut) }
}

function described({ ranges }: SourcePlan): string {
  const names = [...new Set(ranges.slice(0, DESCRIBED_RANGES).map(({ partition }) => partition))]
  const more = ranges.length > DESCRIBED_RANGES ? [`and ${ranges.length - DESCRIBED_RANGES} more`] : []
  return [...names, ...more].join('\n')
}

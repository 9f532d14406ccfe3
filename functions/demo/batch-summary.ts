import type { Manifest, StagedOutput } from '../../src/checkpoint/manifest.ts'
import { batchReport } from '../../src/scheduler/batch-report.ts'
import { DEPLOYMENT } from './cloud-resources.ts'
import type { Progress } from './progress.ts'
import { size, table, whole } from './table.ts'

export interface BatchFacts {
  readonly manifest: Manifest
  /** How often the batch was begun. */
  readonly attempt: number
  /** To each service. */
  readonly calls: readonly string[]
  readonly progress: Progress
}

/** What people want to know of a committed batch. The numbers are the manifest's, which `GET /batches` tells, too. */
export function batchSummary({ manifest, attempt, calls, progress }: BatchFacts): string {
  const report = batchReport(manifest)
  const { batchTime, recordsByStream, schedulingDelayMs, processingDelayMs, totalDelayMs } = report
  const read = Object.entries(recordsByStream).filter(([, count]) => count > 0)
  const records = read.map(([stream, count]) => `${whole(count)} from ${stream}`)
  const files = manifest.outputs.flatMap(outputRow)
  return table([
    [`batch ${progress.batches}`, `${batchTime} ms${attempt > 1 ? `, attempt ${attempt}` : ''}`],
    ['records', records.join(', ') || 'none'],
    ['delays', `scheduling ${schedulingDelayMs} ms, processing ${processingDelayMs} ms, total ${totalDelayMs} ms`],
    ['committed', ...columns([...files, stateRow(manifest), headRow(manifest)])],
    ['calls', ...calls],
    ['progress', String(progress)],
  ])
}

function outputRow({ destination, files }: StagedOutput): [string, string][] {
  if (destination === undefined) return []
  return [[destination, size(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))]]
}

function stateRow({ state, attempt }: Manifest): [string, string] {
  const ofBatch = ({ batchTime }: { readonly batchTime: number }) => batchTime === attempt.batchTime
  const change = state.changelogs.find(ofBatch)
  const snapshots = state.snapshots.filter(ofBatch).length
  const written = [
    ...(change === undefined ? [] : [`${size(change.sizeBytes)} of changes`]),
    ...(snapshots === 0 ? [] : [`${snapshots} snapshots`]),
  ]
  return [DEPLOYMENT.checkpoint, `state: ${written.join(', ') || 'unchanged'}`]
}

function headRow({ attempt }: Manifest): [string, string] {
  return [`DynamoDB table ${DEPLOYMENT.table}`, `head: this batch, under token ${attempt.token}`]
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`)
}

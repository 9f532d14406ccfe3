import type { Command } from 'commander'
import type { BatchRange } from '../scheduler/past-batch.ts'
import { type PublishReport, publishAgain, type RepublishedOutput } from '../scheduler/publish-again.ts'
import { type ReplayReport, replayBatch, replayBatches } from '../scheduler/replay.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { placeText } from './place-text.ts'
import { batchTime } from './settings.ts'
import { counted, openTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface ReplayFlags extends CheckpointFlags, BatchRange {
  readonly batch?: number
  readonly carryState?: boolean
  readonly withForeachRdd?: boolean
  readonly keep?: boolean
  readonly publish?: boolean
}

const NOTES = `
Each batch reads what it was planned to read and begins with the state of the batch before it, and writes into a shadow
directory of its own, which a collection deletes a day later (or after retain.age, if that is longer) unless --keep is given. Exit code 1: some bytes differ from those that were committed, or a source no longer has the data. With
--publish nothing is computed: what is missing or was changed at its destination is written again from the committed bytes.`

export function addReplayCommand(program: Command): void {
  onCheckpoint(program.command('replay'))
    .description('Runs committed batches again into shadow directories and compares the bytes')
    .option('--batch <time>', 'one batch, by its time in ms', batchTime)
    .option('--from <time>', 'all retained batches from this one on', batchTime)
    .option('--until <time>', 'all retained batches up to and with this one', batchTime)
    .option(
      '--carry-state',
      'each batch goes on from the state that the replay before it made, not from the committed one',
    )
    .option('--with-foreach-rdd', 'calls foreachRDD functions, too, with tokens that begin with replay:')
    .option('--keep', 'what is written stays until somebody deletes it')
    .option('--publish', 'publishes the committed bytes again instead of running anything')
    .addHelpText('after', `${exampleOf('replay … --batch 10000')}\n${NOTES}`)
    .action(replay)
}

async function replay(file: string, flags: ReplayFlags): Promise<void> {
  const range = rangeOf(flags)
  const { batch, publish = false, carryState = false, withForeachRdd: withForeachRDD = false, keep = false } = flags
  if (publish && (carryState || withForeachRDD || keep))
    throw new UsageError(
      '--publish runs nothing, so --carry-state, --with-foreach-rdd and --keep go without it; leave out one or the other',
    )
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  if (publish) return publishRange(terminal, runtime, range)
  const options = { withForeachRDD, keep, signal: UNTIL_DONE }
  if (batch !== undefined && !carryState) return showReplays(terminal, [await replayBatch(runtime, batch, options)])
  await showReplays(terminal, replayBatches(runtime, { ...range, ...options, carryState }))
}

function rangeOf({ batch, from, until }: ReplayFlags): BatchRange {
  if (batch !== undefined && (from !== undefined || until !== undefined))
    throw new UsageError('--batch is one batch, --from and --until are many; keep one or the other')
  if (batch !== undefined) return { from: batch, until: batch }
  if (from === undefined && until === undefined)
    throw new UsageError(
      'Name a batch (--batch <time>) or a range (--from <time>, --until <time>), as in --batch 10000',
    )
  if (from !== undefined && until !== undefined && from > until)
    throw new UsageError(`--from is the earlier one, as in --from ${until} --until ${from}`)
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) }
}

/** A line for each batch as it is done; exit code 1 if any has other bytes. */
export async function showReplays(
  terminal: Terminal,
  reports: AsyncIterable<ReplayReport> | Iterable<ReplayReport>,
): Promise<void> {
  const counts = { batches: 0, differing: 0 }
  for await (const report of reports) {
    counts.batches++
    showReplay(terminal, report)
    if (report.equal) continue
    counts.differing++
    process.exitCode = 1
  }
  if (counts.batches > 1)
    terminal.text(`${counted(counts.batches, 'batch')} replayed, ${counts.differing} with other bytes\n`)
}

function showReplay(terminal: Terminal, report: ReplayReport): void {
  const { batchTime, shadow, equal, skipped, sameGraph, outputs } = report
  const outcome =
    skipped === undefined ? (equal ? 'the same bytes' : 'other bytes') : `nothing, as it was skipped: ${skipped.reason}`
  if (terminal.json) terminal.data(report)
  else terminal.text(`batch ${batchTime} ms replayed into ${shadow}: ${outcome}\n`)
  if (!equal && !sameGraph) terminal.text('the application is no longer the one that this batch was planned for\n')
  for (const { output, differences } of outputs) {
    for (const difference of differences) terminal.text(`batch ${batchTime} ms, ${output}: ${difference}\n`)
  }
}

async function publishRange(terminal: Terminal, runtime: Runtime, range: BatchRange): Promise<void> {
  for await (const report of publishAgain(runtime, { ...range, signal: UNTIL_DONE })) {
    if (terminal.json) terminal.data(report)
    else terminal.text(publishText(report))
    if (!report.whole) process.exitCode = 1
    for (const { output, left } of report.outputs) {
      for (const { message } of left) terminal.complain(`batch ${report.batchTime} ms, ${output}: ${message}`)
    }
  }
}

function publishText({ batchTime, outputs }: PublishReport): string {
  if (outputs.length === 0) return `batch ${batchTime} ms: it has no output\n`
  return outputs.map((output) => `batch ${batchTime} ms, ${outputText(output)}\n`).join('')
}

function outputText({ output, destination, found, published }: RepublishedOutput): string {
  const place = destination === undefined ? output : `${output}: ${placeText(destination)}`
  if (!published) return `${place}: all there`
  if (found === undefined) return `${place}: published again`
  const files = counted(found.filter(({ mendable }) => mendable).length, 'file')
  return `${place}: published again, ${files} missing or changed before`
}

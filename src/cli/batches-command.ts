import type { Command } from 'commander'
import { batchReport } from '../scheduler/batch-report.ts'
import { manifests } from '../scheduler/history.ts'
import { noCheckpoint } from '../scheduler/operator-act.ts'
import { skipBatch } from '../scheduler/skip.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint } from './on-checkpoint.ts'
import { batchCount, batchTime } from './settings.ts'
import { batchLine, batchText, openTerminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** The commands that look at what an application has committed. */
export function addBatchCommands(program: Command): void {
  onCheckpoint(program.command('batches'))
    .description('Lists the committed batches, the newest first')
    .option('--limit <n>', 'at most so many', batchCount, 20)
    .addHelpText('after', exampleOf('batches'))
    .action(listBatches)
  onCheckpoint(program.command('skip'))
    .description('Gives up a failed batch, on the record: its data is passed over, and it makes no output')
    .requiredOption('--batch <time>', 'batch time in ms of the batch that is planned', batchTime)
    .requiredOption('--reason <text>', 'why, for those who look at it later')
    .addHelpText('after', exampleOf('skip … --batch 10000 --reason "broken file"'))
    .action(skip)
}

async function listBatches(file: string, flags: CheckpointFlags & { readonly limit: number }): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint(runtime)
  let left = flags.limit
  for await (const manifest of manifests(runtime.checkpoint, head)) {
    if (left-- === 0) break
    const report = batchReport(manifest)
    if (terminal.json) terminal.data(batchLine(report))
    else terminal.text(`${batchText(report)}\n`)
  }
}

async function skip(
  file: string,
  flags: CheckpointFlags & { readonly batch: number; readonly reason: string },
): Promise<void> {
  if (flags.reason.trim() === '') throw new UsageError('--reason says why, as in --reason "the file was cut off"')
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  const { signal } = new AbortController()
  const report = await skipBatch(runtime, { batchTime: flags.batch, reason: flags.reason, signal })
  if (terminal.json) terminal.data(batchLine(report))
  else terminal.text(`${batchText(report)}\n`)
}

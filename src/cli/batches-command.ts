import type { Command } from 'commander'
import type { Planned } from '../checkpoint/head.ts'
import { manifests } from '../scheduler/history.ts'
import { type ListedBatch, listedBatch } from '../scheduler/listed-batch.ts'
import { noCheckpoint } from '../scheduler/operator-act.ts'
import { skipBatch } from '../scheduler/skip.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { batchCount, batchTime } from './settings.ts'
import { batchLine, batchText, counted, openTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** The commands that look at what an application has committed. */
export function addBatchCommands(program: Command): void {
  onCheckpoint(program.command('batches'))
    .description('Lists the retained batches with what became of them, the newest first')
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
  if (head.planned !== undefined) showPlanned(terminal, head.planned)
  let left = flags.limit
  for await (const manifest of manifests(runtime.checkpoint, head)) {
    if (left-- === 0) break
    showBatch(terminal, listedBatch(head, manifest))
  }
}

/** What comes before all that is committed: under way, or failing. */
function showPlanned(terminal: Terminal, { batchTime, attempts, failure }: Planned): void {
  const outcome = failure === undefined ? 'under way' : `failed ${counted(failure.count, 'time')}: ${failure.message}`
  if (terminal.json) terminal.data({ batchTime, state: 'planned', attempts, ...(failure ? { failure } : {}) })
  else terminal.text(`batch ${batchTime} ms planned, ${outcome}\n`)
}

function showBatch(terminal: Terminal, batch: ListedBatch): void {
  const { state, outputs, outputBytes } = batch
  const standing = state === 'committed' ? 'not published yet' : 'published'
  const made = outputs.length > 0 ? ` [${standing}, ${outputBytes} bytes]` : ''
  if (terminal.json) terminal.data({ ...batchLine(batch), state, outputBytes })
  else terminal.text(`${batchText(batch)}${made}\n`)
}

async function skip(
  file: string,
  flags: CheckpointFlags & { readonly batch: number; readonly reason: string },
): Promise<void> {
  if (flags.reason.trim() === '') throw new UsageError('--reason says why, as in --reason "the file was cut off"')
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  const report = await skipBatch(runtime, { batchTime: flags.batch, reason: flags.reason, signal: UNTIL_DONE })
  if (terminal.json) terminal.data(batchLine(report))
  else terminal.text(`${batchText(report)}\n`)
}

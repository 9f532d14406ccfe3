import type { Command } from 'commander'
import type { Planned } from '../checkpoint/head.ts'
import { type ListedBatch, listedBatch } from '../scheduler/listed-batch.ts'
import { noCheckpoint } from '../scheduler/operator-act.ts'
import { latestBatches } from '../scheduler/past-batch.ts'
import { seenHead } from '../scheduler/seen-head.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint } from './on-checkpoint.ts'
import { batchCount } from './settings.ts'
import { batchLine, batchText, counted, openTerminal, type Terminal } from './terminal.ts'

export function addBatchesCommand(program: Command): void {
  onCheckpoint(program.command('batches'))
    .description('Lists the retained batches with what became of them, the newest first')
    .option('--limit <n>', 'at most so many', batchCount, 20)
    .addHelpText('after', exampleOf('batches'))
    .action(listBatches)
}

async function listBatches(file: string, flags: CheckpointFlags & { readonly limit: number }): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  const stored = await runtime.register.read(runtime.app)
  if (stored === undefined) throw noCheckpoint(runtime)
  const head = await seenHead(runtime, stored)
  if (head.planned !== undefined) showPlanned(terminal, head.planned)
  let left = flags.limit
  for await (const manifest of latestBatches(runtime, head)) {
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

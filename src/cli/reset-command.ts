import type { Command } from 'commander'
import { resetApplication } from '../scheduler/reset.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { startTime } from './settings.ts'
import { openTerminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface ResetFlags extends CheckpointFlags {
  readonly reason: string
  readonly keepPositions?: boolean
  readonly start?: number
}

const NOTES = `
State and windows are dropped. Streams begin where a first start would have them: Kinesis at its initial position, file
streams with every file (with newFilesOnly, with what comes from then on). With --keep-positions they go on where the last
commit ended, and file streams remember what they have read. Blocks that receivers stored are read once in any case.
Committed outputs stay, what is committed and not visible yet becomes visible first, and no batch time is used again. A batch
that was planned is given up. Make a savepoint first if you may want the state back.`

export function addResetCommand(program: Command): void {
  onCheckpoint(program.command('reset'))
    .description('Lets the application begin anew, on the record, without its state')
    .requiredOption('--reason <text>', 'why, for those who look at it later')
    .option('--keep-positions', 'streams go on where the last commit ended')
    .option(
      '--start <time>',
      'zero time in ms; the first batch is one interval later (default: from the clock)',
      startTime,
    )
    .addHelpText('after', `${exampleOf('reset … --reason "counted twice"')}\n${NOTES}`)
    .action(reset)
}

async function reset(file: string, flags: ResetFlags): Promise<void> {
  if (flags.reason.trim() === '') throw new UsageError('--reason says why, as in --reason "counted twice"')
  const terminal = openTerminal(flags.json === true)
  const { reason, keepPositions = false, start } = flags
  const request = { reason, keepPositions, signal: UNTIL_DONE, ...(start === undefined ? {} : { startMs: start }) }
  const report = await resetApplication(await openCheckpoint(file, flags), request)
  if (terminal.json) return terminal.data(report)
  const { incarnation, zeroTime, droppedPlan } = report
  const dropped = droppedPlan === undefined ? '' : `; the plan of batch ${droppedPlan} ms is given up`
  const streams = keepPositions ? 'streams go on where they were' : 'streams begin anew'
  terminal.text(`incarnation ${incarnation} begins after ${zeroTime} ms, ${streams}${dropped}\n`)
}

import { type Command, InvalidArgumentError } from 'commander'
import type { FromTo, GraphChange } from '../checkpoint/compare-graphs.ts'
import { compareWithPublished, foreseeUpgrade, type UpgradeForecast } from '../scheduler/foresee-upgrade.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { showReplays } from './replay-command.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface UpgradeFlags extends CheckpointFlags {
  readonly dryRun?: boolean
  /** `true`: nobody said how many. */
  readonly compare?: number | true
}

const NOTES = `
With --dry-run: one line for each operator with state, input stream and output, in words that begin with kept, new, dropped,
gone or REFUSED; migrations are called on the state as it is. With --compare the last batches are run again on the data that
they read, into shadow directories, from the state before the first of them on. Neither changes anything: the application is
upgraded when it runs next. Exit code 1: it would be refused, or something that it puts out differs.`

const DEFAULT_BATCHES = 10

export function addUpgradeCommand(program: Command): void {
  onCheckpoint(program.command('upgrade'))
    .description('Shows what would become of a checkpoint if the application, as it is now, went on from it')
    .option('--dry-run', 'what would become of state, positions and outputs')
    .option(
      '--compare [batches]',
      `in what the last batches (${DEFAULT_BATCHES}) would have come out differently`,
      count,
    )
    .addHelpText('after', `${exampleOf('upgrade … --dry-run')}\n${NOTES}`)
    .action(upgrade)
}

function count(text: string): number {
  const batches = Number(text)
  if (Number.isSafeInteger(batches) && batches > 0) return batches
  throw new InvalidArgumentError('It takes a number of batches, as in --compare 10.')
}

async function upgrade(file: string, flags: UpgradeFlags): Promise<void> {
  const { dryRun = false, compare } = flags
  if (dryRun === (compare !== undefined))
    throw new UsageError('Say --dry-run or --compare; the application is upgraded when it runs, as with sluice run')
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  if (dryRun) return showForecast(terminal, await foreseeUpgrade(runtime))
  const batches = compare === true || compare === undefined ? DEFAULT_BATCHES : compare
  await showReplays(terminal, compareWithPublished(runtime, { batches, signal: UNTIL_DONE }))
}

function showForecast(terminal: Terminal, { fits, batchTime, changes, failures }: UpgradeForecast): void {
  if (!fits) process.exitCode = 1
  const after = batchTime === undefined ? {} : { batchTime }
  if (terminal.json) {
    for (const change of changes) terminal.data(change)
    terminal.data({ fits, ...after, failures })
    return
  }
  for (const change of changes) terminal.text(`${changeText(change)}\n`)
  for (const failure of failures) terminal.text(`REFUSED because its first batch would fail: ${failure}\n`)
  const from = batchTime === undefined ? 'begins with its first batch' : `goes on after batch ${batchTime} ms`
  terminal.text(fits ? `the application ${from}\n` : 'the application would not run\n')
}

function changeText(change: GraphChange): string {
  const { part, uid, kind, fate, problem } = change
  const name = part === 'output' ? `output ${uid}` : `${part} ${uid} (${kind})`
  if (fate === 'refused') return `REFUSED ${name} because ${problem}`
  if (fate === 'dropped') return `dropped ${name}: its ${part === 'input' ? 'position' : 'state'} is given up`
  const details = detailsOf(change)
  return `${fate} ${name}${details.length > 0 ? `: ${details.join(', ')}` : ''}`
}

function detailsOf({ renamedFrom, goesOnFrom, migrated, resharded, rewindowed }: GraphChange): string[] {
  const span = (what: string, { from, to }: FromTo, unit = ''): string => `${what} ${from} to ${to}${unit}`
  return [
    renamedFrom === undefined ? [] : [`renamed from ${renamedFrom}`],
    goesOnFrom === undefined ? [] : [`goes on from the position of ${goesOnFrom}, which other code has planned`],
    migrated ? [span('migrated from', migrated)] : [],
    resharded ? [span('re-sharded', resharded)] : [],
    rewindowed ? [span('window', rewindowed, ' ms')] : [],
  ].flat()
}

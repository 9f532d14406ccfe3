import type { Command } from 'commander'
import { consoleLog } from '../local/console-log.ts'
import { batchReport } from '../scheduler/batch-report.ts'
import { createRuntime } from '../scheduler/create-runtime.ts'
import { manifests } from '../scheduler/history.ts'
import { replayBatch } from '../scheduler/replay.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { skipBatch } from '../scheduler/skip.ts'
import { SluiceError } from '../util/errors.ts'
import { loadApplication } from './load-application.ts'
import { environmentFor } from './place.ts'
import { addSetting, batchCount, batchTime, checkpointDirectory, endpointUrl } from './settings.ts'
import { batchLine, batchText, openTerminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface PastFlags {
  readonly checkpoint: string
  readonly endpoint?: string
  readonly set?: Readonly<Record<string, string>>
  readonly json?: boolean
}

/** The commands that look at what an application has committed. */
export function addBatchCommands(program: Command): void {
  past(program.command('batches'))
    .description('Lists the committed batches, the newest first')
    .option('--limit <n>', 'at most so many', batchCount, 20)
    .addHelpText(
      'after',
      '\nExample:\n  sluice batches functions/word-count.ts --checkpoint ./checkpoint --set in=./texts --set out=./counts/words',
    )
    .action(listBatches)
  past(program.command('replay'))
    .description('Runs a committed batch again into a shadow directory and compares the bytes')
    .requiredOption('--batch <time>', 'batch time in ms', batchTime)
    .addHelpText(
      'after',
      '\nExample:\n  sluice replay functions/word-count.ts --checkpoint ./checkpoint --batch 10000 --set in=./texts --set out=./counts/words',
    )
    .action(replay)
  past(program.command('skip'))
    .description('Gives up a failed batch, on the record: its data is passed over, and it makes no output')
    .requiredOption('--batch <time>', 'batch time in ms of the batch that is planned', batchTime)
    .requiredOption('--reason <text>', 'why, for those who look at it later')
    .addHelpText(
      'after',
      '\nExample:\n  sluice skip functions/word-count.ts --checkpoint ./checkpoint --batch 10000 --reason "broken file" --set in=./texts --set out=./counts/words',
    )
    .action(skip)
}

function past(command: Command): Command {
  return command
    .argument('<app>', 'module that exports the application by default')
    .requiredOption('--checkpoint <dir>', 'where the application keeps its progress', checkpointDirectory)
    .option('--set <key=value>', 'a parameter of the application; may be given several times', addSetting)
    .option('--endpoint <url>', 'an emulator that stands in for AWS', endpointUrl)
    .option('--json', 'lines of JSON on stdout')
}

async function listBatches(file: string, flags: PastFlags & { readonly limit: number }): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const runtime = await runtimeOf(file, flags)
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw nothingThere(runtime, flags.checkpoint)
  let left = flags.limit
  for await (const manifest of manifests(runtime.checkpoint, head)) {
    if (left-- === 0) break
    const report = batchReport(manifest)
    if (terminal.json) terminal.data(batchLine(report))
    else terminal.text(`${batchText(report)}\n`)
  }
}

async function replay(file: string, flags: PastFlags & { readonly batch: number }): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const runtime = await runtimeOf(file, flags)
  const report = await replayBatch(runtime, flags.batch, new AbortController().signal)
  if (terminal.json) terminal.data(report)
  else
    terminal.text(
      `batch ${report.batchTime} ms replayed into ${report.shadow}: ${report.equal ? 'the same bytes' : 'other bytes'}\n`,
    )
  for (const { output, differences } of report.outputs) {
    for (const difference of differences) terminal.complain(`${output}: ${difference}`)
  }
  if (!report.equal) process.exitCode = 1
}

async function skip(
  file: string,
  flags: PastFlags & { readonly batch: number; readonly reason: string },
): Promise<void> {
  if (flags.reason.trim() === '') throw new UsageError('--reason says why, as in --reason "the file was cut off"')
  const terminal = openTerminal(flags.json === true)
  const runtime = await runtimeOf(file, flags)
  const { signal } = new AbortController()
  const report = await skipBatch(runtime, { batchTime: flags.batch, reason: flags.reason, signal })
  if (terminal.json) terminal.data(batchLine(report))
  else terminal.text(`${batchText(report)}\n`)
}

async function runtimeOf(file: string, { set = {}, checkpoint, endpoint }: PastFlags): Promise<Runtime> {
  const app = await loadApplication(file)
  const place = { checkpoint, ...(endpoint === undefined ? {} : { endpoint }) }
  return createRuntime(app, set, await environmentFor(app, set, { ...place, log: consoleLog({ level: 'warn' }) }))
}

function nothingThere({ app }: Runtime, checkpoint: string): SluiceError {
  return new SluiceError({
    code: 'no-checkpoint',
    kind: 'invalid',
    message: `There is no checkpoint of ${app} in this directory; run the application with --checkpoint first: ${checkpoint}`,
  })
}

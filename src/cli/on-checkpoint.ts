import type { Command } from 'commander'
import { consoleLog } from '../local/console-log.ts'
import { createRuntime } from '../scheduler/create-runtime.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { refuseUnknownSettings } from './known-settings.ts'
import { loadApplication } from './load-application.ts'
import { environmentFor } from './place.ts'
import { addSetting, checkpointPlace, endpointUrl, isBucket } from './settings.ts'
import { textWriter } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** What names an application and where its checkpoint lives. */
export interface CheckpointFlags {
  readonly checkpoint: string
  readonly table?: string
  readonly endpoint?: string
  readonly set?: Readonly<Record<string, string>>
  readonly json?: boolean
}

/** What commands act under: nothing stops them but Ctrl-C, which ends their process, at whatever point, without harm. */
export const UNTIL_DONE: AbortSignal = new AbortController().signal

/** A command that looks at, or changes, what an application has committed. */
export function onCheckpoint(command: Command): Command {
  return command
    .argument('<app>', 'module that exports the application by default')
    .requiredOption(
      '--checkpoint <place>',
      'where its progress is: a directory, or s3://bucket/prefix',
      checkpointPlace,
    )
    .option('--table <name>', 'the DynamoDB table of its head, if the checkpoint is in a bucket')
    .option('--set <key=value>', 'a parameter of the application; may be given several times', addSetting)
    .option('--endpoint <url>', 'an emulator that stands in for AWS', endpointUrl)
    .option('--json', 'lines of JSON on stdout')
}

/** The example at the end of a command's help, in which `sluice WORDS` acts on the word count. */
export function exampleOf(words: string): string {
  const [command = '', ...rest] = words.split(' … ')
  const app = 'functions/word-count.ts --checkpoint ./checkpoint'
  return `\nExample:\n  sluice ${[command, app, ...rest].join(' ')} --set in=./texts --set out=./counts/words`
}

/** Joins the application to its checkpoint. The cloud's clients are loaded only for one that is there. */
export async function openCheckpoint(file: string, flags: CheckpointFlags): Promise<Runtime> {
  const { set = {}, checkpoint, endpoint, table } = flags
  const app = await loadApplication(file)
  const log = consoleLog({ level: 'warn' })
  const write = textWriter(flags.json === true)
  if (!isBucket(checkpoint)) {
    const place = { checkpoint, ...(endpoint === undefined ? {} : { endpoint }) }
    return createRuntime(app, set, await environmentFor(app, set, { ...place, log, write }))
  }
  if (table === undefined)
    throw new UsageError('A checkpoint in a bucket needs the table of its head, as in --table sluice-heads')
  refuseUnknownSettings(app, set)
  const { createLambdaRuntime } = await import('../aws/lambda-runtime.ts')
  const aws = endpoint === undefined ? {} : { aws: { endpoint } }
  return createLambdaRuntime(app, { checkpoint, table, params: set, log, write, ...aws })
}

import type { Command } from 'commander'
import { consoleLog } from '../local/console-log.ts'
import { runApplication } from '../local/run-application.ts'
import type { Log } from '../ports/log.ts'
import { loadApplication } from './load-application.ts'
import { environmentFor, type Place } from './place.ts'
import { addSetting, batchCount, checkpointDirectory, endpointUrl, startTime } from './settings.ts'
import { stopOnSignals } from './signals.ts'
import { counted, openTerminal, showBatches, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface RunFlags extends Place {
  readonly set?: Readonly<Record<string, string>>
  readonly start?: number
  readonly batches?: number
  readonly untilIdle?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
}

const EXAMPLES = `
Examples:
  sluice run functions/word-count.ts --set in=./texts --set out=./counts/words --checkpoint ./checkpoint --until-idle
  sluice run functions/running-count.ts --set in=s3://bucket/in --set out=s3://bucket/out/words --endpoint http://127.0.0.1:4566

--set gives the application's parameters as text; its \`params\` schema checks them and makes numbers of them (z.coerce.number()).
A key that the schema does not know is refused, unless the schema lets other keys through; without a schema, any key is taken.
Without --batches and --until-idle it runs by the clock until it is stopped.
Ctrl-C stops after the batch under way, a second one at once. Exit code 1: a batch failed; the next run tries its plan again.`

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('Runs an application here')
    .argument('<app>', 'module that exports the application by default')
    .option('--set <key=value>', 'a parameter of the application; may be given several times', addSetting)
    .option('--checkpoint <dir>', 'keeps progress and state there, and goes on from it', checkpointDirectory)
    .option('--start <time>', 'zero time in ms of a new checkpoint; the first batch is one interval later', startTime)
    .option('--batches <n>', 'ends after n more committed batches', batchCount)
    .option('--until-idle', 'runs batch after batch without asking the clock, until no source has more')
    .option(
      '--endpoint <url>',
      'an emulator that stands in for AWS; one for each service: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_KINESIS',
      endpointUrl,
    )
    .option('--json', 'one line of JSON per committed batch on stdout; text for people goes to stderr')
    .option('--verbose', 'tells each step on stderr, and where errors come from')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(file: string, flags: RunFlags): Promise<void> {
  if (flags.batches !== undefined && flags.untilIdle === true) {
    throw new UsageError('--batches and --until-idle exclude each other; keep one of them')
  }
  const { set = {}, checkpoint, endpoint, start, batches, untilIdle = false } = flags
  const terminal = openTerminal(flags.json === true)
  const app = await loadApplication(file)
  const environment = await environmentFor(app, set, {
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(endpoint === undefined ? {} : { endpoint }),
    observers: [showBatches(terminal)],
    log: toldOnce(consoleLog({ level: flags.verbose === true ? 'debug' : 'warn' })),
    write: terminal.text,
  })
  const signals = stopOnSignals(terminal)
  const options = {
    params: set,
    untilIdle,
    ...(start === undefined ? {} : { start }),
    ...(batches === undefined ? {} : { batches }),
    stop: signals.stop,
    abort: signals.abort,
  }
  const outcome = await runApplication(app, options, environment).finally(signals.release)
  sayEnd(terminal, outcome)
}

const ENDS = { idle: 'no source has more', enough: 'that was all', stopped: 'stopped' }

function sayEnd(terminal: Terminal, { kind, batches }: Awaited<ReturnType<typeof runApplication>>): void {
  terminal.text(`${counted(batches, 'batch')} committed, ${ENDS[kind]}\n`)
}

/** A failed batch is told of with the next try, or as the error that the run ends with. */
function toldOnce(log: Log): Log {
  return {
    ...log,
    error: (event, fields) => {
      if (event !== 'batch-failed') log.error(event, fields)
    },
  }
}

import type { Command } from 'commander'
import { beginFromSavepoint } from '../scheduler/begin-from.ts'
import { createSavepoint, deleteSavepoint, listSavepoints, type SavepointInfo } from '../scheduler/savepoint.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { batchTime, checkpointPlace, incarnationNumber } from './settings.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/** Savepoints are named by what comes after the application. */
export function addSavepointCommand(program: Command): void {
  const savepoint = program
    .command('savepoint')
    .description('Keeps a batch for good, to begin another checkpoint with')
    .addHelpText('after', exampleOf('savepoint create … before-upgrade'))
  onCheckpoint(savepoint.command('create'))
    .argument('<name>', 'what to call it')
    .description('Keeps what the last committed batch left, until it is deleted')
    .option('--batch <time>', 'another retained batch, by its time in ms', batchTime)
    .addHelpText(
      'after',
      `${exampleOf('savepoint create … before-upgrade')}\n\nA batch that is under way is run again.`,
    )
    .action(create)
  onCheckpoint(savepoint.command('list'))
    .description('Lists the savepoints, the oldest first')
    .addHelpText('after', exampleOf('savepoint list'))
    .action(list)
  onCheckpoint(savepoint.command('delete'))
    .argument('<name>', 'which')
    .description('Lets go of a savepoint; what only it needed goes with the next collection')
    .addHelpText('after', exampleOf('savepoint delete … before-upgrade'))
    .action(remove)
  onCheckpoint(savepoint.command('start'))
    .argument('<name>', 'which')
    .requiredOption('--from <place>', 'the checkpoint that has it: a directory, or s3://bucket/prefix', checkpointPlace)
    .option('--from-table <name>', 'the DynamoDB table of that checkpoint’s head, if it is in a bucket')
    .option('--incarnation <n>', 'another than the next, if another copy has acted as that', incarnationNumber)
    .description(
      'Begins the checkpoint, which must not exist, with a savepoint of another; sluice run goes on from there',
    )
    .addHelpText('after', `${exampleOf('savepoint start … before-upgrade --from ./old-checkpoint')}\n${START_NOTES}`)
    .action(start)
}

const START_NOTES = `
State and positions are copied, and nothing changes at the other place. The first batch is the one after the savepoint. Give
it outputs of its own if the original goes on: files of another run are never written over.`

async function create(file: string, name: string, flags: CheckpointFlags & { readonly batch?: number }): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const batch = flags.batch === undefined ? {} : { batchTime: flags.batch }
  show(
    terminal,
    'kept',
    await createSavepoint(await openCheckpoint(file, flags), { name, signal: UNTIL_DONE, ...batch }),
  )
}

async function list(file: string, flags: CheckpointFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  for (const info of await listSavepoints(await openCheckpoint(file, flags))) show(terminal, 'is', info)
}

async function remove(file: string, name: string, flags: CheckpointFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  await deleteSavepoint(await openCheckpoint(file, flags), { name, signal: UNTIL_DONE })
  if (terminal.json) terminal.data({ name, deleted: true })
  else terminal.text(`savepoint ${name} deleted\n`)
}

type StartFlags = CheckpointFlags & {
  readonly from: string
  readonly fromTable?: string
  readonly incarnation?: number
}

async function start(file: string, name: string, flags: StartFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const { from: checkpoint, fromTable: table = flags.table, incarnation } = flags
  const from = await openCheckpoint(file, { ...flags, checkpoint, ...(table === undefined ? {} : { table }) })
  const as = incarnation === undefined ? {} : { incarnation }
  show(
    terminal,
    'begun with',
    await beginFromSavepoint(await openCheckpoint(file, flags), { name, from, signal: UNTIL_DONE, ...as }),
  )
}

function show(terminal: Terminal, verb: string, info: SavepointInfo): void {
  const { name, batchTime, createdMs } = info
  if (terminal.json) terminal.data(info)
  else terminal.text(`savepoint ${name} ${verb} batch ${batchTime} ms, made ${new Date(createdMs).toISOString()}\n`)
}

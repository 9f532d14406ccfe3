import type { Command } from 'commander'
import { type BatchInspection, type InspectedInput, type InspectedOutput, inspectBatch } from '../scheduler/inspect.ts'
import { inspectState } from '../scheduler/inspect-state.ts'
import type { OperatorChanges, StateChange } from '../scheduler/state-changes.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint } from './on-checkpoint.ts'
import { placeText } from './place-text.ts'
import { batchCount, batchTime } from './settings.ts'
import { leftOut, stateText } from './state-text.ts'
import { batchText, counted, openTerminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface InspectFlags extends CheckpointFlags {
  readonly batch: number
  readonly limit: number
  readonly state?: string
  readonly key?: string
}

const NOTES = `
Without --key the first entries of the state are shown and all are counted. Who asks for an operator that has no state is told
which have. What a stream remembers is the state of source:UID.`

export function addInspectCommand(program: Command): void {
  onCheckpoint(program.command('inspect'))
    .description('Shows what a batch read, what it changed in the state, and what it wrote')
    .requiredOption('--batch <time>', 'batch time in ms', batchTime)
    .option('--limit <n>', 'at most so many ranges of a stream, changes of an operator or entries', batchCount, 20)
    .option('--state <operator>', 'instead: the state of this operator as it was after the batch, by its uid')
    .option('--key <key>', 'of that state one key, as JSON or, if it is a text, as it is')
    .addHelpText('after', `${exampleOf('inspect … --batch 10000')}\n${NOTES}`)
    .action(inspect)
}

async function inspect(file: string, { batch: batchTime, limit, state: operator, key, ...flags }: InspectFlags) {
  if (operator === undefined && key !== undefined)
    throw new UsageError('--key is of an operator, as in --state counts --key total')
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  if (operator !== undefined) {
    const asked = { batchTime, operator, limit, ...(key === undefined ? {} : { key }) }
    const found = await inspectState(runtime, asked)
    return terminal.json ? terminal.data(found) : terminal.text(stateText(found, asked))
  }
  const inspection = await inspectBatch(runtime, { batchTime, limit })
  if (terminal.json) terminal.data(inspection)
  else terminal.text(`${inspectionLines(inspection).join('\n')}\n`)
}

function inspectionLines({ batchTime, plan, inputs, committed, failure }: BatchInspection): string[] {
  return [
    committed === undefined ? `batch ${batchTime} ms is planned and not committed` : batchText(committed.report),
    ...(failure === undefined ? [] : [`failed ${counted(failure.count, 'time')}: ${failure.message}`]),
    ...(committed === undefined ? [] : [attemptLine(committed)]),
    `plan: clock ${plan.clockMs} ms, seed ${plan.seed}, graph ${plan.fingerprint}`,
    ...inputs.flatMap(inputLines),
    ...(committed?.state ?? []).flatMap(stateLines),
    ...(committed?.outputs ?? []).flatMap(outputLines),
  ]
}

function attemptLine({ attempt, predecessor }: NonNullable<BatchInspection['committed']>): string {
  const { incarnation, token, number } = attempt
  const after = predecessor === undefined ? 'the first' : `after ${predecessor.batchTime} ms`
  return `attempt: incarnation ${incarnation}, token ${token}, number ${number}, ${after}`
}

function inputLines({ stream, kind, records, ranges, rangesInAll, position, next, gaps }: InspectedInput): string[] {
  const read = records === undefined ? '' : `, ${counted(records, 'record')}`
  return [
    `input ${stream} (${kind}): ${counted(rangesInAll, 'range')}${read}`,
    ...ranges.map(({ partition, from, until }) => `  ${partition} from ${json(from)} to before ${json(until)}`),
    ...leftOut(rangesInAll - ranges.length),
    ...gaps.map(({ partition, reason }) => `  not to be had: ${partition}: ${reason}`),
    `  position: ${json(position)}, then ${json(next)}`,
  ]
}

function stateLines({ operator, put, deleted, changes }: OperatorChanges): string[] {
  return [
    `state ${operator}: ${put} put, ${deleted} deleted`,
    ...changes.map(changeLine),
    ...leftOut(put + deleted - changes.length),
  ]
}

function changeLine({ kind, partition, key, value }: StateChange): string {
  return kind === 'put'
    ? `  put ${key} = ${value} [partition ${partition}]`
    : `  deleted ${key} [partition ${partition}]`
}

function outputLines({ output, kind, destination, files }: InspectedOutput): string[] {
  return [
    `output ${output} (${kind})${destination === undefined ? '' : `: ${placeText(destination)}`}`,
    ...files.map(({ name, sizeBytes, crc32c }) => `  ${name}, ${sizeBytes} bytes, CRC-32C ${crc32c}`),
  ]
}

/** Positions may be long: a file stream's is not, a receiver's marks can be. */
function json(value: unknown): string {
  const text = value === undefined ? 'none' : JSON.stringify(value)
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}

import type { Command } from 'commander'
import type { DeadLetter, LetterPayload } from '../scheduler/dead-letters/dead-letter.ts'
import {
  type LetterChoice,
  type LetterGroup,
  listLetters,
  showLetters,
} from '../scheduler/dead-letters/list-letters.ts'
import { dropLetters, retryLetters } from '../scheduler/dead-letters/settle-letters.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { batchCount, batchTime } from './settings.ts'
import { counted, openTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

const LIST_NOTES = `
With --json, a line has the "errors" of letters that wait, or "state": "dropped" and the "reason" for which they were given up.`

const RETRY_NOTES = `
Those of a stream that the application no longer has are left as they are, and the exit code is 1: drop them, or run code
that has the stream.`

type LetterFlags = CheckpointFlags & { readonly batch?: number; readonly stream?: string }

/** What becomes of records that batches have set apart is said by what comes after the command. */
export function addDeadLettersCommand(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('Records that batches left out, as they are bad')
    .addHelpText('after', exampleOf('dead-letters list'))
  onLetters(letters.command('list'))
    .description('Counts them by batch, stream and error, the oldest first; then the last that were given up, and why')
    .addHelpText('after', `${exampleOf('dead-letters list')}\n${LIST_NOTES}`)
    .action(list)
  onLetters(letters.command('show'))
    .description('Shows each with its error, its place and its payload')
    .option('--limit <n>', 'at most so many', batchCount, 20)
    .addHelpText('after', exampleOf('dead-letters show … --batch 10000'))
    .action(show)
  onLetters(letters.command('retry'))
    .description(
      'Has the next batch of their stream read them again, once; those that fail again wait as its dead letters',
    )
    .option('--all', 'all that wait')
    .addHelpText('after', `${exampleOf('dead-letters retry … --batch 10000')}\n${RETRY_NOTES}`)
    .action(retry)
  onLetters(letters.command('drop'))
    .description('Gives them up for good, on the record')
    .requiredOption('--reason <text>', 'why, for those who look at it later')
    .option('--all', 'all that wait')
    .addHelpText('after', exampleOf('dead-letters drop … --batch 10000 --reason "test data"'))
    .action(drop)
}

function onLetters(command: Command): Command {
  return onCheckpoint(command)
    .option('--batch <time>', 'those of one batch, by its time in ms', batchTime)
    .option('--stream <id>', 'those of one input stream')
}

async function list(file: string, flags: LetterFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const { open, dropped } = await listLetters(await openCheckpoint(file, flags), choiceOf(flags))
  for (const group of open) {
    if (terminal.json) terminal.data(group)
    else terminal.text(`${groupLines(group).join('\n')}\n`)
  }
  for (const group of dropped) {
    const { batchTime, stream, records, reason } = group
    if (terminal.json) terminal.data({ state: 'dropped', ...group })
    else terminal.text(`batch ${batchTime} ms, ${stream}: ${counted(records, 'record')} dropped: ${reason}\n`)
  }
}

async function show(file: string, { limit, ...flags }: LetterFlags & { readonly limit: number }): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  let left = limit
  for await (const letter of showLetters(await openCheckpoint(file, flags), choiceOf(flags))) {
    if (left-- === 0) break
    if (terminal.json) terminal.data(letter)
    else terminal.text(`${letterLines(letter).join('\n')}\n`)
  }
}

type SettleFlags = LetterFlags & { readonly all?: boolean }

async function retry(file: string, flags: SettleFlags): Promise<void> {
  const choice = chosen(flags)
  const terminal = openTerminal(flags.json === true)
  const { settled, left } = await retryLetters(await openCheckpoint(file, flags), { ...choice, signal: UNTIL_DONE })
  tell(terminal, 'to be read again', settled)
  for (const { batchTime, stream, records, why } of left) {
    if (terminal.json) terminal.data({ batchTime, stream, records, left: why })
    else terminal.text(`batch ${batchTime} ms, ${stream}: ${counted(records, 'record')} left as is: ${why}\n`)
  }
  if (left.length > 0) process.exitCode = 1
}

async function drop(file: string, flags: SettleFlags & { readonly reason: string }): Promise<void> {
  const { reason } = flags
  if (reason.trim() === '') throw new UsageError('--reason says why, as in --reason "test data"')
  const choice = chosen(flags)
  const terminal = openTerminal(flags.json === true)
  tell(
    terminal,
    'dropped',
    await dropLetters(await openCheckpoint(file, flags), { ...choice, reason, signal: UNTIL_DONE }),
  )
}

/** Whoever means all of them says so. */
function chosen(flags: SettleFlags): LetterChoice {
  if (flags.all === true || flags.batch !== undefined || flags.stream !== undefined) return choiceOf(flags)
  throw new UsageError('Say which dead letters: --batch TIME, --stream ID, or --all')
}

function choiceOf({ batch, stream }: LetterFlags): LetterChoice {
  return { ...(batch === undefined ? {} : { batchTime: batch }), ...(stream === undefined ? {} : { stream }) }
}

function tell(
  terminal: Terminal,
  what: string,
  letters: readonly Pick<LetterGroup, 'batchTime' | 'stream' | 'records'>[],
): void {
  for (const { batchTime, stream, records } of letters) {
    if (terminal.json) terminal.data({ batchTime, stream, records })
    else terminal.text(`batch ${batchTime} ms, ${stream}: ${counted(records, 'record')} ${what}\n`)
  }
}

function groupLines(group: LetterGroup): string[] {
  const { batchTime, stream, records, errors } = group
  return [
    `batch ${batchTime} ms, ${stream}: ${counted(records, 'record')}${whatBecomes(group)}`,
    ...errors.map(({ records, operator, code, message }) => `  ${records} × ${operator ?? code}: ${message}`),
  ]
}

function whatBecomes({ kind, retry, streamDropped, streamMissing }: LetterGroup): string {
  if (streamDropped) return ', whose stream was dropped'
  if (!retry) return ''
  return streamMissing
    ? `, to be read again once the application has a stream of that name and kind: ${kind}`
    : ', to be read again'
}

function letterLines({ batchTime, stream, error, position, payload, retries }: DeadLetter): string[] {
  const again = retries === undefined ? '' : `, read again ${counted(retries, 'time')}`
  return [
    `batch ${batchTime} ms, ${stream}${again}: ${error.operator ?? error.code}: ${error.message}`,
    `  at ${JSON.stringify(position)}`,
    `  ${payloadText(payload)}`,
  ]
}

function payloadText(payload: LetterPayload): string {
  if (payload.kind === 'text') return `text ${JSON.stringify(payload.text)}`
  if (payload.kind === 'range') return `all of ${payload.range.partition}`
  return payload.kind === 'bytes' ? `bytes ${payload.base64}` : `value ${payload.shows}`
}

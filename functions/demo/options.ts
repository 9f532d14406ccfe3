import { parseArgs } from 'node:util'

export interface CommandLine {
  readonly help: boolean
  readonly fresh: boolean
  readonly speed: number
  readonly batches?: number
}

/** Wrong usage; the message says in one line what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const HELP = `npm start [-- OPTIONS]

Replays real US flights through Kinesis, S3 and DynamoDB stand-ins on this machine, and runs functions/flights.ts on them
as Lambda would. Started again, it goes on where it was, also after a kill. Ctrl-C stops after the batch under way.

  --batches N   end after N more committed batches
  --speed X     replay the data X times faster (0.1 to 1000; 1 is a day of flights in each batch)
  --fresh       start over: forget what is in .sluice/
  --help        this text

Example:
  npm start -- --fresh --speed 3 --batches 10
`

const FASTEST = 1_000
const SLOWEST = 0.1

export function readCommandLine(args: readonly string[]): CommandLine {
  const { help = false, fresh = false, speed = '1', batches } = parse(args)
  return { help, fresh, speed: speedOf(speed), ...(batches === undefined ? {} : { batches: countOf(batches) }) }
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean' } as const
  const value = { type: 'string' } as const
  try {
    return parseArgs({ args: [...args], options: { help: flag, fresh: flag, speed: value, batches: value } }).values
  } catch (error) {
    const [problem] = error instanceof Error ? error.message.split(/\. |\n/) : []
    throw new UsageError(`${problem}; write: npm start -- [--batches N] [--speed X] [--fresh] [--help]`)
  }
}

function speedOf(text: string): number {
  const speed = Number(text)
  if (text.trim() !== '' && speed >= SLOWEST && speed <= FASTEST) return speed
  throw new UsageError(`--speed takes a number from ${SLOWEST} to ${FASTEST}, as in --speed 10, not '${text}'`)
}

function countOf(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count
  throw new UsageError(`--batches takes a whole number from 1, as in --batches 10, not '${text}'`)
}

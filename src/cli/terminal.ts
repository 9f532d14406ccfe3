import { Console } from 'node:console'
import type { BatchObserver, BatchReport } from '../scheduler/batch-report.ts'
import { placeText } from './place-text.ts'

/** Where a command writes: data to stdout, text for people to stdout as well or, with `--json`, to stderr. */
export interface Terminal {
  readonly json: boolean
  /** Aborted when nobody reads stdout any more, as after `| head -1`, or it takes nothing more. */
  readonly gone: AbortSignal
  /** One line of JSON on stdout. */
  data(value: unknown): void
  /** Text for people. */
  text(text: string): void
  /** What went wrong. */
  complain(text: string): void
}

/** Call it before the application is loaded: with `--json`, what that writes to the console goes to stderr from here on. */
export function openTerminal(json: boolean): Terminal {
  const gone = new AbortController()
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!gone.signal.aborted && error.code !== 'EPIPE') sayUnwritten(error)
    gone.abort()
  })
  if (json) globalThis.console = new Console(process.stderr, process.stderr)
  return {
    json,
    gone: gone.signal,
    data: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    text: textWriter(json),
    complain: (text) => void process.stderr.write(`${text}\n`),
  }
}

/** Whoever keeps stdout in a file learns that it is not whole, as on a full disk. */
function sayUnwritten({ message }: Error): void {
  process.exitCode = 1
  process.stderr.write(`error: What was to go to stdout could not all be written: ${message}\n`)
}

/** Writes text for people where `--json` leaves room for it. */
export function textWriter(json: boolean): (text: string) => void {
  return (text) => void (json ? process.stderr : process.stdout).write(text)
}

/** Shows each committed batch: a JSON line with `--json`, else a line to read. */
export function showBatches(terminal: Terminal): BatchObserver {
  const show = (report: BatchReport): void => {
    if (terminal.json) terminal.data(batchLine(report))
    else terminal.text(`${batchText(report)}\n`)
  }
  return { batchCommitted: show, publishRedone: show }
}

export function batchLine(report: BatchReport) {
  const { batchTime, records, outputs, schedulingDelayMs, processingDelayMs, totalDelayMs, attempt } = report
  return {
    batchTime,
    records,
    outputs,
    schedulingDelayMs,
    processingDelayMs,
    totalDelayMs,
    attempt,
    ...lettersOf(report),
    ...skippedOf(report),
  }
}

function lettersOf({ deadLetters, retriedLetters }: BatchReport) {
  return {
    ...(deadLetters === undefined ? {} : { deadLetters }),
    ...(retriedLetters === undefined ? {} : { retriedLetters }),
  }
}

function skippedOf({ skipped, began }: BatchReport) {
  return { ...(skipped === undefined ? {} : { skipped: skipped.reason }), ...(began === undefined ? {} : { began }) }
}

export function batchText(report: BatchReport): string {
  const { batchTime, records, processingDelayMs, outputs, attempt, deadLetters, skipped, began } = report
  if (began !== undefined) return `${batchTime} ms, no batch: begun anew by a ${began.by}: ${began.reason}`
  if (skipped !== undefined) return `batch ${batchTime} ms skipped: ${skipped.reason}`
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  const made = outputs.length === 0 ? '' : `: ${outputs.map(placeText).join(', ')}`
  const bad = deadLetters === undefined ? '' : `, ${counted(deadLetters, 'dead letter')}`
  return `batch ${batchTime} ms committed, ${counted(records, 'record')} in ${processingDelayMs} ms${bad}${again}${made}`
}

/** `1 record`, `2 records`. */
export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}${noun.endsWith('h') ? 'es' : 's'}`}`
}

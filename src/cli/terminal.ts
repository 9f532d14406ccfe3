import type { BatchFailure, BatchObserver, BatchReport } from '../scheduler/report.ts'

/** Where a command writes: data to stdout, text for people to stdout as well or, with `--json`, to stderr. */
export interface Terminal {
  readonly json: boolean
  /** One line of JSON on stdout. */
  data(value: unknown): void
  /** Text for people. */
  text(text: string): void
  /** What went wrong. */
  complain(text: string): void
}

export function openTerminal(json: boolean): Terminal {
  return {
    json,
    data: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    text: (text) => void (json ? process.stderr : process.stdout).write(text),
    complain: (text) => void process.stderr.write(`${text}\n`),
  }
}

/** Shows each committed batch: a JSON line with `--json`, else a line to read. */
export function showBatches(terminal: Terminal): BatchObserver {
  return {
    batchCommitted(report) {
      if (terminal.json) terminal.data(batchLine(report))
      else terminal.text(`${batchText(report)}\n`)
    },
    batchFailed({ batchTime, message }: BatchFailure) {
      if (batchTime !== undefined) terminal.complain(`batch ${batchTime} ms failed: ${message}`)
    },
  }
}

export function batchLine(report: BatchReport) {
  const { batchTime, records, outputs, schedulingDelayMs, processingDelayMs, totalDelayMs, attempt } = report
  return { batchTime, records, outputs, schedulingDelayMs, processingDelayMs, totalDelayMs, attempt }
}

export function batchText(report: BatchReport): string {
  const { batchTime, records, totalDelayMs, outputs, attempt } = report
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  const made = outputs.length === 0 ? '' : `: ${outputs.join(', ')}`
  return `batch ${batchTime} ms committed, ${records} records in ${totalDelayMs} ms${again}${made}`
}

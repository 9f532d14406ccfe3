import type { Command } from 'commander'
import { type VerifyReport, verifyCheckpoint } from '../scheduler/verify.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { counted, openTerminal } from './terminal.ts'

interface VerifyFlags extends CheckpointFlags {
  readonly quick?: boolean
  readonly repair?: boolean
}

const NOTES = `
Looks at the head, plans, manifests, state, savepoints and every file that was published, and says what is wrong and what to
do. Exit code 1: something is damaged. Nothing is changed without --repair, which publishes again, from what was committed,
what is damaged or missing, and deletes what nothing needs.`

export function addVerifyCommand(program: Command): void {
  onCheckpoint(program.command('verify'))
    .description('Audits everything that an application has committed and published')
    .option('--quick', 'compare sizes, and read no bytes')
    .option('--repair', 'publish again what is damaged, and collect garbage')
    .addHelpText('after', `${exampleOf('verify')}\n${NOTES}`)
    .action(verify)
}

async function verify(file: string, { quick = false, repair = false, ...flags }: VerifyFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true)
  const report = await verifyCheckpoint(await openCheckpoint(file, flags), { quick, repair, signal: UNTIL_DONE })
  if (terminal.json) terminal.data(report)
  else terminal.text(reportText(report))
  if (!report.sound) process.exitCode = 1
}

function reportText({ app, sound, findings, batches, objects, outputs, repaired }: VerifyReport): string {
  const lines = findings.map(({ severity, batchTime, message }) => {
    const batch = batchTime === undefined ? '' : ` (batch ${batchTime} ms)`
    return `${severity}${batch}: ${message}`
  })
  const what = `${counted(batches, 'batch')}, ${counted(objects, 'object')}, ${counted(outputs, 'output')} of ${app} looked at`
  const verdict = sound ? 'nothing is damaged' : 'something is damaged'
  return [...repaired.map((done) => `repaired: ${done}`), ...lines, `${what}: ${verdict}`, ''].join('\n')
}

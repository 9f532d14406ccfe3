import type { Audit } from './audit/audit.ts'
import { collectGarbage } from './collection.ts'
import type { Invocation } from './invocation.ts'
import { keepLease } from './lease.ts'
import { operatorAct, overtaken } from './operator-act.ts'
import { publishCommitted, publishWhole, sinkOf } from './publish.ts'

/**
 * Makes right what can be made right from what is committed: publishes again what is not, or no longer, visible as it was
 * committed, and collects garbage, by the rules of every collection. Tells what it did. Where the checkpoint itself is
 * damaged, nothing is collected: what seems to be garbage may be what somebody restores it from.
 */
export async function repair(audit: Audit): Promise<readonly string[]> {
  const { runtime, head, mendable, counts, options } = audit
  const intact = [...audit.findings].every(({ severity, code }) => severity === 'note' || code.startsWith('output-'))
  const collects = intact && counts.garbage > 0
  if (head.committed?.published !== false && mendable.length === 0 && !collects) return []
  return operatorAct(runtime, {
    signal: options.signal,
    act: async (run) => [
      ...(await publishLast(run)),
      ...(await publishAgain(run, audit)),
      ...(collects ? await collect(run) : []),
    ],
  })
}

async function publishLast(run: Invocation): Promise<string[]> {
  const { committed } = run.head.head
  if (committed === undefined || committed.published) return []
  await publishCommitted(run, committed, { redo: true })
  return [`published batch ${committed.attempt.batchTime} ms, which was committed and not known to be visible`]
}

/** The same bytes under the same names: what readers see differs only where it was damaged. */
async function publishAgain(run: Invocation, { mendable }: Audit): Promise<string[]> {
  const { runtime, signal } = run
  const done: string[] = []
  for (const { manifest, staged } of mendable) {
    if ((await keepLease(run)) === 'fenced') throw overtaken(runtime, 'repair it')
    const { attempt } = manifest
    await publishWhole(sinkOf(runtime, staged), staged, { attempt, store: runtime.checkpoint, signal })
    done.push(`published batch ${attempt.batchTime} ms of ${staged.output} again: ${staged.destination}`)
  }
  return done
}

async function collect(run: Invocation): Promise<string[]> {
  const report = await collectGarbage(run, { untilMs: Number.POSITIVE_INFINITY })
  if (report === 'fenced') throw overtaken(run.runtime, 'repair it')
  return [`deleted ${report.deleted} objects that nothing needs, ${report.deletedBytes} bytes`]
}

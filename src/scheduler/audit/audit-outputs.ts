import { sameAttempt } from '../../checkpoint/attempt.ts'
import { objectsNamedIn } from '../../checkpoint/garbage.ts'
import type { Manifest, StagedOutput } from '../../checkpoint/manifest.ts'
import { messageOf } from '../../util/errors.ts'
import { sinkOf } from '../publish.ts'
import type { Audit } from './audit.ts'
import { damage, note } from './finding.ts'

/** Compares what is visible of a batch with what was committed. One that is not published yet is not looked at. */
export async function auditOutputs(audit: Audit, manifest: Manifest): Promise<void> {
  const { committed } = audit.head
  const { batchTime } = manifest.attempt
  for (const { destination } of manifest.outputs)
    if (destination !== undefined) audit.published.push({ batchTime, destination })
  if (committed?.published === false && sameAttempt(committed.attempt, manifest.attempt)) return
  for (const staged of manifest.outputs) await auditOutput(audit, manifest, staged)
}

async function auditOutput(audit: Audit, manifest: Manifest, staged: StagedOutput): Promise<void> {
  const { batchTime } = manifest.attempt
  if (staged.destination === undefined) return
  audit.counts.outputs++
  const faults = await sinkOf(audit.runtime, staged)
    .audit?.(staged, audit.options)
    .catch((error: unknown) => messageOf(error))
  if (typeof faults === 'string')
    return audit.add(note('output-not-looked-at', `An output cannot be looked at from here: ${faults}`, batchTime))
  for (const { code, message } of faults ?? []) audit.add(damage(code, message, batchTime))
  if (faults?.some(({ mendable }) => mendable) && (await isWhole(audit, staged, batchTime)))
    audit.mendable.push({ manifest, staged })
}

/** Whether all that was staged is still there: else publishing would put damage in the place of damage. */
async function isWhole({ objects }: Audit, staged: StagedOutput, batchTime: number): Promise<boolean> {
  for (const ref of objectsNamedIn(staged)) if ((await objects.audit(ref, batchTime)) !== undefined) return false
  return true
}

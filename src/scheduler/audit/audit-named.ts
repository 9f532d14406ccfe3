import { decodeDeadLetters, decodePlan, decodeSavepoint } from '../../checkpoint/decode-record.ts'
import { objectsNamedIn } from '../../checkpoint/garbage.ts'
import { allBlocksPrefix } from '../../checkpoint/names.ts'
import { load } from '../stored.ts'
import type { Audit } from './audit.ts'
import { damage } from './finding.ts'

/** What the head names beside the history: the plan with the blocks that it is to read, and savepoints. */
export async function auditNamed(audit: Audit): Promise<void> {
  await auditPlanned(audit)
  await auditLetters(audit)
  for (const { name, batchTime, ref } of audit.head.pins) {
    const finding = await audit.objects.audit(ref, batchTime)
    audit.add(finding)
    if (finding !== undefined) continue
    const look = () => load(audit.runtime.checkpoint, { kind: 'object', ref }, decodeSavepoint)
    const savepoint = await audit.tries(`The savepoint ${name} cannot be read`, look, batchTime)
    for (const named of objectsNamedIn(savepoint)) audit.add(await audit.objects.audit(named, batchTime))
  }
}

/** Dead letters that wait may come from batches that are no longer retained. */
async function auditLetters(audit: Audit): Promise<void> {
  const { deadLetters } = audit.head
  if (deadLetters === undefined) return
  const batchTime = audit.head.committed?.attempt.batchTime ?? audit.head.zeroTime
  const look = () => load(audit.runtime.checkpoint, deadLetters, decodeDeadLetters)
  const box = await audit.tries('The list of dead letters cannot be read', look, batchTime)
  for (const ref of objectsNamedIn([deadLetters, box])) audit.add(await audit.objects.audit(ref, batchTime))
}

async function auditPlanned(audit: Audit): Promise<void> {
  const { planned } = audit.head
  if (planned === undefined) return
  const { checkpoint, app } = audit.runtime
  const { batchTime } = planned
  for (const ref of objectsNamedIn(planned)) audit.add(await audit.objects.audit(ref, batchTime))
  const plan = await audit.tries('The plan cannot be read', () => load(checkpoint, planned.plan, decodePlan), batchTime)
  const ranges = Object.values(plan?.sources ?? {}).flatMap((source) => source.ranges)
  for (const { partition } of ranges) {
    if (!partition.startsWith(allBlocksPrefix(app)) || (await checkpoint.head(partition)) !== undefined) continue
    const url = `${checkpoint.url}/${partition}`
    audit.add(
      damage(
        'block-missing',
        `A received block that the planned batch must read is gone; restore it, or give the batch up with sluice skip: ${url}`,
        batchTime,
      ),
    )
  }
}

import { nextBatchTime } from '../../checkpoint/grid.ts'
import type { Head } from '../../checkpoint/head.ts'
import { damage, type Finding, note } from './finding.ts'

/** What a head says of itself must fit together. */
export function auditHead(head: Head): Finding[] {
  return [...fencing(head), ...batches(head)]
}

function fencing({ token, boundary, committed, planned, pins, incarnation }: Head): Finding[] {
  const named = [
    { what: 'the committed batch', token: committed?.attempt.token ?? 0 },
    { what: 'the planned batch', token: planned?.token ?? 0 },
    { what: 'the boundary', token: boundary },
    ...pins.map((pin) => ({ what: `the savepoint ${pin.name}`, token: pin.token })),
  ]
  const ahead = named.filter((other) => other.token > token)
  const findings = ahead.map((other) =>
    damage('head-inconsistent', `${RESTORED}; ${other.what} has token ${other.token}, and the head only ${token}`),
  )
  if (committed === undefined || committed.attempt.incarnation === incarnation) return findings
  const of = committed.attempt.incarnation
  return [
    ...findings,
    damage('head-inconsistent', `${RESTORED}; it is of incarnation ${incarnation}, its batch of ${of}`),
  ]
}

function batches(head: Head): Finding[] {
  const { committed, planned, boundary } = head
  const findings: Finding[] = []
  if (committed !== undefined && committed.attempt.token < boundary)
    findings.push(damage('head-inconsistent', `${RESTORED}; its batch is below its own boundary, ${boundary}`))
  if (planned !== undefined && planned.batchTime !== nextBatchTime(head))
    findings.push(
      note(
        'plan-off-grid',
        `The planned batch is not the next one of the grid, as after a change of the batch interval: ${planned.batchTime} ms`,
      ),
    )
  if (planned?.failure !== undefined) findings.push(failing(planned.batchTime, planned.failure))
  if (committed?.published === false) findings.push(note('unpublished', UNPUBLISHED, committed.attempt.batchTime))
  return findings
}

function failing(batchTime: number, { count, message }: { readonly count: number; readonly message: string }): Finding {
  const tries = count === 1 ? 'once' : `${count} times`
  return note(
    'batch-failing',
    `A batch has failed ${tries} and blocks those after it; mend what is wrong, or give it up with sluice skip: ${message}`,
    batchTime,
  )
}

const RESTORED =
  'The head contradicts itself, as one does that was edited or put together from backups; stop the application and restore the whole head'
const UNPUBLISHED =
  'A batch is committed and not known to be visible yet; the next run publishes it, and verify --repair does so now'

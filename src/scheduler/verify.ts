import { messageOf, SluiceError } from '../util/errors.ts'
import { Audit } from './audit/audit.ts'
import { auditHead } from './audit/audit-head.ts'
import { auditHistory } from './audit/audit-history.ts'
import { auditLeftovers } from './audit/audit-leftovers.ts'
import { auditNamed } from './audit/audit-named.ts'
import { auditOutputs } from './audit/audit-outputs.ts'
import { auditStrays } from './audit/audit-strays.ts'
import { AuditedObjects, type AuditOptions } from './audit/audited-objects.ts'
import { damage, type Finding, note } from './audit/finding.ts'
import { noCheckpoint } from './operator-act.ts'
import { repair } from './repair.ts'
import type { Runtime } from './runtime.ts'
import { seenHead } from './seen-head.ts'

export interface VerifyRequest {
  /** Compares sizes, and reads no bytes; by default every byte is read. */
  readonly quick?: boolean
  /** Publishes again what is damaged and can be mended so, and collects garbage. Nothing else is ever changed. */
  readonly repair?: boolean
  readonly signal: AbortSignal
}

/** What an audit found. */
export interface VerifyReport {
  readonly app: string
  /** Nothing is damaged. */
  readonly sound: boolean
  readonly findings: readonly Finding[]
  /** Looked at. */
  readonly batches: number
  readonly objects: number
  readonly outputs: number
  /** Objects that nothing needs. */
  readonly garbage: number
  /** What `repair` did, in words. */
  readonly repaired: readonly string[]
}

/** So often an application that goes on meanwhile is looked at again, before what seems wrong is told. */
const LOOKS = 3

/**
 * Looks at everything that an application has committed: the head, plans, manifests, state, savepoints, staged and published
 * output, and what nothing names. Changes nothing without `repair`. Rejects with code `no-checkpoint` where there is none.
 */
export async function verifyCheckpoint(runtime: Runtime, request: VerifyRequest): Promise<VerifyReport> {
  const { quick = false, signal } = request
  const audit = await settledAudit(runtime, { quick: quick && request.repair !== true, signal })
  if (!(audit instanceof Audit)) return unreadable(runtime, audit)
  const repaired = request.repair === true ? await repair(audit) : []
  const after = repaired.length === 0 ? audit : await settledAudit(runtime, { quick, signal })
  return after instanceof Audit ? reportOf(after, repaired) : unreadable(runtime, after)
}

/** A batch that is committed while one looks can make something seem wrong; damage stays when one looks again. */
async function settledAudit(runtime: Runtime, options: AuditOptions): Promise<Audit | Finding> {
  for (let look = 1; ; look++) {
    const audit = await auditOnce(runtime, options)
    if (!(audit instanceof Audit) || !audit.has('damage')) return audit
    const now = await runtime.register.read(runtime.app)
    if (now?.version === audit.head.version) return audit
    if (look < LOOKS) continue
    audit.add(
      note('moving', 'The application goes on while it is looked at; to be sure of what is damaged, stop it first'),
    )
    return audit
  }
}

async function auditOnce(runtime: Runtime, options: AuditOptions): Promise<Audit | Finding> {
  const objects = new AuditedObjects(runtime, options)
  await objects.list()
  const head = await readHead(runtime)
  if ('severity' in head) return head
  const audit = new Audit(runtime, await seenHead(runtime, head), objects, options)
  audit.add(...auditHead(audit.head))
  for await (const manifest of auditHistory(audit)) await auditOutputs(audit, manifest)
  await auditNamed(audit)
  await auditStrays(audit)
  auditLeftovers(audit)
  return audit
}

async function readHead(runtime: Runtime) {
  try {
    const head = await runtime.register.read(runtime.app)
    if (head !== undefined) return head
  } catch (error) {
    if (!(error instanceof SluiceError) || error.kind !== 'data') throw error
    return damage(error.code, messageOf(error))
  }
  throw noCheckpoint(runtime)
}

function reportOf(audit: Audit, repaired: readonly string[]): VerifyReport {
  const { batches, outputs, garbage } = audit.counts
  return {
    app: audit.runtime.app,
    sound: !audit.has('damage'),
    findings: [...audit.findings],
    batches,
    objects: audit.objects.checked,
    outputs,
    garbage,
    repaired,
  }
}

function unreadable({ app }: Runtime, finding: Finding): VerifyReport {
  return { app, sound: false, findings: [finding], batches: 0, objects: 0, outputs: 0, garbage: 0, repaired: [] }
}

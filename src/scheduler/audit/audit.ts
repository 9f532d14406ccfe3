import type { BatchTime } from '../../checkpoint/attempt.ts'
import type { Head } from '../../checkpoint/head.ts'
import type { Manifest, StagedOutput } from '../../checkpoint/manifest.ts'
import type { PlacedBatch } from '../../ports/sink.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import type { Runtime } from '../runtime.ts'
import type { AuditedObjects, AuditOptions } from './audited-objects.ts'
import { damage, type Finding, type Severity } from './finding.ts'

/** An output whose published files are not what was committed. */
export interface MendableOutput {
  readonly manifest: Manifest
  readonly staged: StagedOutput
}

/** One look at one application: what was read, and what was found on the way. */
export class Audit {
  readonly runtime: Runtime
  readonly head: Head
  readonly options: AuditOptions
  readonly objects: AuditedObjects
  /** Each once, however many batches name what is damaged. */
  readonly findings = new Set<Finding>()
  /** Publishing these again would make them right. */
  readonly mendable: MendableOutput[] = []
  /** Where retained batches are visible, or become so. */
  readonly published: PlacedBatch[] = []
  readonly counts = { batches: 0, outputs: 0, garbage: 0, garbageBytes: 0 }

  constructor(runtime: Runtime, head: Head, objects: AuditedObjects, options: AuditOptions) {
    this.runtime = runtime
    this.head = head
    this.objects = objects
    this.options = options
  }

  add(...findings: readonly (Finding | undefined)[]): void {
    for (const finding of findings) if (finding !== undefined) this.findings.add(finding)
  }

  has(severity: Severity): boolean {
    return [...this.findings].some((finding) => finding.severity === severity)
  }

  /** Looks at something; that it cannot be looked at is a finding, unless the place does not answer. */
  async tries<T>(what: string, look: () => Promise<T>, batchTime?: BatchTime): Promise<T | undefined> {
    try {
      return await look()
    } catch (error) {
      if (this.options.signal.aborted || (error instanceof SluiceError && error.kind !== 'data')) throw error
      const code = error instanceof SluiceError ? error.code : 'unreadable'
      this.add(damage(code, `${what}: ${messageOf(error)}`, batchTime))
      return undefined
    }
  }
}

import { type Attempt, sameAttempt } from '../../checkpoint/attempt.ts'
import { decodeManifest, decodePlan } from '../../checkpoint/decode-record.ts'
import { objectsNamedIn } from '../../checkpoint/garbage.ts'
import type { Manifest } from '../../checkpoint/manifest.ts'
import type { Stored } from '../../checkpoint/stored.ts'
import { attemptOfManifest } from '../../checkpoint/stored-manifest.ts'
import { ownValue } from '../../util/own-value.ts'
import { FoundManifests } from '../found-manifests.ts'
import { stretches } from '../history.ts'
import { InlineChanges } from '../inline-changes.ts'
import { load } from '../stored.ts'
import type { Audit } from './audit.ts'
import { damage } from './finding.ts'

/**
 * Walks back through the retained batches: each follows the one before it, streams go on where its plan ended, and everything
 * that it names is there, state that travels in manifests included. Hands out the manifests that can be read.
 */
export async function* auditHistory(audit: Audit): AsyncGenerator<Manifest> {
  const inline: InlineSoFar = { names: new Set(), manifests: new FoundManifests(audit.runtime.checkpoint, audit.head) }
  let newer: Manifest | undefined
  for (const stored of await retained(audit)) {
    const manifest = await audit.tries('A batch cannot be read', () =>
      load(audit.runtime.checkpoint, stored, decodeManifest),
    )
    if (manifest === undefined) continue
    auditOrder(audit, manifest, newer)
    await auditNames(audit, manifest)
    await auditPositions(audit, manifest)
    await auditInline(audit, manifest, inline)
    audit.counts.batches++
    newer = manifest
    yield manifest
  }
}

/** Segments that cannot be read end the walk: what is before them cannot be reached. */
async function retained(audit: Audit): Promise<Stored<Manifest>[]> {
  const { runtime, head, objects } = audit
  const found: Stored<Manifest>[] = []
  await audit.tries('The history is broken, and batches before it are lost to replays and inspection', async () => {
    for await (const { manifests, ref } of stretches(runtime.checkpoint, head)) {
      if (ref !== undefined) await objects.audit(ref, head.committed?.attempt.batchTime ?? 0)
      for (const stored of manifests.toReversed()) {
        const { token, batchTime } = attemptOfManifest(stored)
        if (stored.kind === 'object') audit.add(await objects.audit(stored.ref, batchTime))
        if (token >= head.boundary) found.push(stored)
      }
    }
  })
  return found
}

function auditOrder(audit: Audit, { attempt }: Manifest, newer: Manifest | undefined): void {
  if (newer === undefined || newer.began !== undefined) return
  const { predecessor } = newer
  if (predecessor !== undefined && sameAttempt(predecessor, attempt)) return
  audit.add(damage('history-broken', brokenText(newer.attempt, predecessor, attempt), newer.attempt.batchTime))
}

function brokenText({ batchTime }: Attempt, predecessor: Attempt | undefined, found: Attempt): string {
  const named = predecessor === undefined ? 'none' : `${predecessor.batchTime} ms, token ${predecessor.token}`
  return `A batch does not follow the one before it in the history (it names ${named}, and ${found.batchTime} ms, token ${found.token}, is there), as after a head was put together from backups; restore the whole head: batch ${batchTime} ms`
}

async function auditNames(audit: Audit, manifest: Manifest): Promise<void> {
  for (const ref of objectsNamedIn(manifest)) audit.add(await audit.objects.audit(ref, manifest.attempt.batchTime))
}

/** A plan of other code may have streams that its batch calls otherwise, or has not taken. */
async function auditPositions(audit: Audit, manifest: Manifest): Promise<void> {
  const { plan: stored, plannedAs, positions, attempt } = manifest
  const { batchTime } = attempt
  const plan = await audit.tries(
    'A plan cannot be read',
    () => load(audit.runtime.checkpoint, stored, decodePlan),
    batchTime,
  )
  const sources = plan?.sources ?? {}
  const taken = plannedAs === undefined ? Object.keys(sources).map((uid) => [uid, uid]) : Object.entries(plannedAs)
  for (const [uid = '', planned = uid] of plan === undefined ? [] : taken) {
    const next = ownValue(sources, planned)?.next
    if (JSON.stringify(next) === JSON.stringify(ownValue(positions, uid))) continue
    audit.add(
      damage(
        'positions-broken',
        `A stream does not go on where its plan ended, so data is read twice or not at all; restore the manifest from a backup: ${uid}`,
        batchTime,
      ),
    )
  }
}

/** What has been found of changelogs that travel in manifests, and where. */
interface InlineSoFar {
  readonly names: Set<string>
  readonly manifests: FoundManifests
}

/** Each changelog that travels in a manifest must be found from every state that needs it. */
async function auditInline(audit: Audit, manifest: Manifest, inline: InlineSoFar): Promise<void> {
  const { incarnation, batchTime: after } = manifest.attempt
  const changes = new InlineChanges(inline.manifests, manifest)
  for (const { object, batchTime } of manifest.state.changelogs) {
    const name = `${incarnation}/${batchTime}`
    if (object !== undefined || inline.names.has(name)) continue
    inline.names.add(name)
    await audit.tries(`The state after batch ${after} ms cannot be restored`, () => changes.of(batchTime), after)
  }
}

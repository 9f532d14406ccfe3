import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { decodeManifest } from '../../src/checkpoint/decode-record.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { load } from '../../src/scheduler/stored.ts'

/**
 * Where a kill hit. `planned`: between the plan and the commit. `committed`: between the commit and the end of its publish.
 * `between`: after a publish or before the next plan. `starting`: the process had not even taken its lease.
 */
export type KilledPhase = 'starting' | 'between' | 'planned' | 'committed'

export interface Heads {
  readonly before: Head | undefined
  readonly after: Head | undefined
  readonly checkpoint: ObjectStore
}

/** Learned from the head that a killed process left, and for publishing from what is visible: the mark comes later. */
export async function killedPhase({ before, after, checkpoint }: Heads): Promise<KilledPhase> {
  if (after === undefined || after.version === before?.version) return 'starting'
  if (after.planned !== undefined) return 'planned'
  if (after.committed === undefined || after.committed.published) return 'between'
  const { outputs } = await load(checkpoint, after.committed.manifest, decodeManifest)
  const directories = outputs.flatMap(({ destination }) => (destination === undefined ? [] : [destination]))
  return directories.every((directory) => existsSync(join(directory, '_SUCCESS'))) ? 'between' : 'committed'
}

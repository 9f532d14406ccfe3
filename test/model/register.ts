import type { Head } from '../../src/checkpoint/head.ts'
import { inlined, rangeOf } from './records.ts'
import type { Rules } from './rules.ts'
import type { Commit, SwapRequest, World } from './world.ts'

/** What a swap makes of the world, whenever it arrives: the very same world, if the request does not fit any more. */
export function arrived(world: World, { expected, next }: SwapRequest, rules: Pick<Rules, 'fits'>): World {
  if (!rules.fits(world.register, expected, next)) return world
  const commit = newCommit(world, next)
  return { ...world, register: next, commits: commit === undefined ? world.commits : [...world.commits, commit] }
}

/** What a new commit names, as it is at this instant: what is found there later must be the same. */
function newCommit({ register, objects }: World, { committed }: Head): Commit | undefined {
  if (committed === undefined || JSON.stringify(register.committed?.attempt) === JSON.stringify(committed.attempt))
    return undefined
  const manifest = inlined(committed.manifest)
  const at = manifest.outputs[0]?.files[0]?.at
  const state = manifest.state.snapshots[0]?.object.key ?? ''
  return {
    batchTime: committed.attempt.batchTime,
    ...rangeOf(manifest.plan),
    ...(at?.kind === 'object' ? { output: objects[at.ref.key] ?? 'missing' } : {}),
    state: objects[state] ?? 'missing',
  }
}

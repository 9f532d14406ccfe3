import { type AppSpec, isComputed, isGivenBlocks, setsApart } from '../apps/app-spec.ts'
import type { Chance } from './chance.ts'
import type { WorldFault } from './faults.ts'

/**
 * What happens again and again in some worlds: only so is there much of what needs one thing after the other, as replays whose
 * files end some day.
 */
export type Habit = readonly WorldFault[]

const HABITS: readonly Habit[] = [
  ['replay', 'collect'],
  ['savepoint', 'savepoint-deleted', 'collect'],
  ['publish-again', 'lease-seized', 'duplicate-tick', 'stalled-past-deadline'],
]

/** Of applications that set records apart. */
const OF_LETTERS: readonly Habit[] = [
  ['bad-record', 'letters-dropped', 'collect'],
  ['bad-record', 'letters-retried'],
]

/** Of applications that have blocks. */
const OF_BLOCKS: readonly Habit[] = [['collect']]

/** Of so many worlds one that suits the application; of the others none. */
export function drawHabit(app: AppSpec, { chance, share }: { readonly chance: Chance; readonly share: number }): Habit {
  if (!chance.chance(share)) return []
  const own = [...(setsApart(app) ? OF_LETTERS : []), ...(isGivenBlocks(app) || isComputed(app) ? OF_BLOCKS : [])]
  return chance.pick(own.length > 0 && chance.chance(0.8) ? own : HABITS)
}

import { createHash } from 'node:crypto'
import { stuck, violation } from './invariants.ts'
import { RULES, type Rules } from './rules.ts'
import { successors } from './steps.ts'
import { firstWorld, type Scope, type World } from './world.ts'

export interface Exploration {
  /** Different worlds that were seen. */
  readonly worlds: number
  /** The first promise found broken, and the worlds that lead there. */
  readonly violation?: string
  readonly trace?: readonly World[]
}

interface Visit {
  readonly world: World
  readonly from: Visit | undefined
}

/** Visits every world that the scope allows, depth first, each once. Ends at the first that breaks a promise. */
export function explore(scope: Scope, rules: Rules = RULES): Exploration {
  const seen = new Set<string>()
  const open: Visit[] = [{ world: firstWorld(scope), from: undefined }]
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    const { world } = visit
    const id = identity(world)
    if (seen.has(id)) continue
    seen.add(id)
    const wrong = violation(world) ?? (isQuiet(world) ? stuck(world, scope, rules) : undefined)
    if (wrong !== undefined) return { worlds: seen.size, violation: wrong, trace: traceOf(visit) }
    for (const next of successors(world, scope, rules)) open.push({ world: next, from: visit })
  }
  return { worlds: seen.size }
}

/** All that was begun has ended. */
function isQuiet({ actors }: World): boolean {
  return actors.every(({ pc }) => pc === 'ended' || pc === 'crashed')
}

/** Worlds share most of what they are made of, so each part is written as text once. */
const texts = new WeakMap<object, string>()

function identity({ register, objects, finals, effects, commits, late, available, actors, faults }: World): string {
  const parts = [register, objects, finals, effects, commits, late, faults, ...actors].map(textOf)
  return createHash('md5')
    .update(`${available} ${parts.join(' ')}`)
    .digest('base64')
}

function textOf(part: object): string {
  const text = texts.get(part) ?? JSON.stringify(part)
  texts.set(part, text)
  return text
}

function traceOf(visit: Visit): World[] {
  const worlds: World[] = []
  for (let at: Visit | undefined = visit; at !== undefined; at = at.from) worlds.unshift(at.world)
  return worlds
}

import { committedManifest, rangeText } from './records.ts'
import { RULES, type Rules } from './rules.ts'
import { delivered, steps } from './steps.ts'
import { firstWorld, type Scope, type World } from './world.ts'

/** What is wrong with a world, in words that begin with the promise that is broken (`src/checkpoint/PROTOCOL.md`). */
export function violation(world: World): string | undefined {
  return wrongCommits(world) ?? wrongState(world) ?? wrongFinals(world) ?? wrongEffects(world)
}

/** (b) Commits are gapless, do not overlap, and have one attempt a batch; (c) each state is made of the one before. */
function wrongCommits({ commits }: World): string | undefined {
  let before = { batchTime: 0, until: 0, state: '' }
  for (const commit of commits) {
    const { batchTime, from, until, state } = commit
    if (batchTime !== before.batchTime + 1) return `(b) batch ${batchTime} is committed after ${before.batchTime}`
    if (from !== before.until)
      return `(b) batch ${batchTime} reads from ${from}, the one before ends at ${before.until}`
    if (state !== before.state + rangeText(commit)) return `(c) the state of batch ${batchTime} is '${state}'`
    before = { batchTime, until, state }
  }
  return undefined
}

/** (c) What the head names can be restored. */
function wrongState({ register, commits, objects }: World): string | undefined {
  const key = committedManifest(register)?.state.snapshots[0]?.object.key
  if (key === undefined || objects[key] === commits.at(-1)?.state) return undefined
  return `(c) the state that the head names is '${objects[key]}'`
}

/** (a) A directory with `_SUCCESS` holds the committed bytes; (d) nothing else is ever visible. */
function wrongFinals({ finals, commits }: World): string | undefined {
  for (const [time, { part, success }] of Object.entries(finals)) {
    const committed = commits.find(({ batchTime }) => batchTime === Number(time))
    if (success && part !== committed?.output) return `(a) batch ${time} shows '${part}', not '${committed?.output}'`
    if (part !== undefined && part !== committed?.output) return `(d) batch ${time} shows '${part}', not committed`
  }
  return undefined
}

/** One token, one content: what `foreachRDD` was called on is what was committed. */
function wrongEffects({ effects, commits }: World): string | undefined {
  for (const [time, range] of Object.entries(effects)) {
    const committed = commits.find(({ batchTime }) => batchTime === Number(time))
    if (range.includes('and')) return `(P5) the token of batch ${time} was used for ${range}`
    if (committed && rangeText(committed) !== range)
      return `(P5) batch ${time} acted on ${range}, and committed another`
  }
  return undefined
}

/** (f) When faults stop, one more invocation commits every batch that is due and makes all of them visible. */
export function stuck(world: World, scope: Scope, rules: Rules = RULES): string | undefined {
  const { available, register, commits, ...seen } = drained(world, scope, rules)
  const last = commits.at(-1)
  if (last?.batchTime !== scope.batches) return `(f) the backlog is not drained: ${last?.batchTime ?? 'no'} batch`
  if (register.committed?.published !== true) return '(f) the last batch is not known to be published'
  const hidden = commits.find(({ batchTime, output }) => output !== undefined && !seen.finals[batchTime]?.success)
  if (hidden) return `(f) batch ${hidden.batchTime} never becomes visible`
  const late = { available, register, commits, ...seen }
  return violation(late.late.reduce((now, request) => delivered(now, request, rules), late))
}

function drained(world: World, scope: Scope, rules: Rules): World {
  const [fresh] = firstWorld({ ...scope, invocations: 1 }).actors
  const index = world.actors.length
  const faults = { crashes: 0, lostSwaps: 0, latePuts: 0 }
  let now: World = { ...world, faults, actors: fresh ? [...world.actors, { ...fresh, owner: 'Z' }] : [] }
  for (let count = 0; count < 100; count++) {
    const actor = now.actors[index]
    const [next] = actor ? steps({ world: now, index, actor, scope, rules }) : []
    if (next === undefined) return now
    now = next
  }
  return now
}

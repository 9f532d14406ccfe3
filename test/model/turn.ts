import type { Attempt } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { assert } from '../../src/util/assert.ts'
import type { Actor, Work } from './actor.ts'
import type { Rules } from './rules.ts'
import type { LateRequest, Scope, World } from './world.ts'

/** One world and one of its invocations, which is about to do its next input or output. */
export interface Turn {
  readonly world: World
  readonly index: number
  readonly actor: Actor
  readonly scope: Scope
  readonly rules: Rules
}

/** The same world with this invocation further on. */
export function moved({ world, index, actor }: Turn, change: Partial<Actor>): World {
  return withActor(world, index, { ...actor, ...change })
}

/** It decides anew, and remembers of what it did only what a process keeps. */
export function deciding(
  { world, index, actor: { owner, runs, head, published } }: Turn,
  change: Partial<Actor>,
): World {
  const kept = { ...(head && { head }), ...(published && { published }) }
  return withActor(world, index, { owner, runs, ...kept, pc: 'decide', ...change })
}

/** The head as this invocation knows it, with the publish marked that it knows of. */
export function known({ actor: { head, published }, rules }: Turn): Head {
  assert(head !== undefined, 'an invocation reads the head first')
  return published === undefined ? head : rules.marked(head, published)
}

export function underWay({ work }: Actor): { readonly work: Work; readonly attempt: Attempt } {
  assert(work?.attempt !== undefined, 'a batch is under way')
  return { work, attempt: work.attempt }
}

/** The worlds in which this put, which was answered, arrives once more later: what a client that tries again leaves behind. */
export function withLatePut(world: World, put: LateRequest): World[] {
  const { faults, late } = world
  if (faults.latePuts === 0) return []
  return [{ ...world, late: [...late, put], faults: { ...faults, latePuts: faults.latePuts - 1 } }]
}

function withActor(world: World, index: number, actor: Actor): World {
  return { ...world, actors: world.actors.map((other, i) => (i === index ? actor : other)) }
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explore } from './explore.ts'
import { MUTATIONS } from './mutations.ts'
import { RULES } from './rules.ts'
import { SCOPES } from './scopes.ts'
import type { Scope } from './world.ts'

/**
 * One crash at any input or output, every order of them, one answer of a swap lost where the scope says so: by the protocol's own
 * decisions and transitions.
 */
describe('every schedule keeps (a), (b), (c), (d), (f) and P5 of the protocol', () => {
  for (const [name, scope] of Object.entries(SCOPES)) {
    it(name, (test) => {
      const { worlds, violation } = explore(scope)
      assert.equal(violation, undefined)
      test.diagnostic(`${worlds} worlds`)
    })
  }
})

describe('without a rule, a schedule breaks a promise', () => {
  const scope: Scope = {
    invocations: 2,
    batches: 2,
    records: 2,
    hasForeachRDD: true,
    faults: { crashes: 1, lostSwaps: 1, latePuts: 0 },
  }
  for (const [rule, mutation] of Object.entries(MUTATIONS)) {
    it(rule, (test) => {
      const { worlds, violation, trace = [] } = explore(scope, { ...RULES, ...mutation })
      assert.match(violation ?? 'none found', /^\((a|b|c|d|f|P5)\)/)
      test.diagnostic(`${violation}: after ${trace.length} steps, ${worlds} worlds`)
    })
  }
})

import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import { nextBatchTime } from '../../src/checkpoint/grid.ts'
import { RULES, type Rules } from './rules.ts'

/** Rules of the protocol, each left out: for each of these the exploration must find a broken promise. */
export const MUTATIONS: Readonly<Record<string, Partial<Rules>>> = {
  'commit-checks-version': { fits: (register, _, next) => next.token >= register.token },
  'retry-checks-token': { mayRetry: () => true },
  'lease-bumps-token': { leased: (head, request) => ({ ...RULES.leased(head, request), token: head.token }) },
  'token-in-names': {
    outputKey: (attempt) => RULES.outputKey(withoutToken(attempt)),
    stateKey: (attempt) => RULES.stateKey(withoutToken(attempt)),
  },
  'unknown-is-not-ok': { unknownIsOk: true },
  'success-last': { successFirst: true },
  'mark-after-publish': { committed: (head, commit) => RULES.committed(head, { ...commit, nothingToPublish: true }) },
  'mark-after-close': { marksAfterClose: false },
  'plan-before-side-effect': { mustPlanAhead: () => false },
  'plan-kept': {
    decide: (facts) => {
      const decision = RULES.decide(facts)
      return decision.kind === 'rerun' ? { kind: 'plan', batchTime: nextBatchTime(facts.head) } : decision
    },
  },
}

function withoutToken(attempt: Attempt): Attempt {
  return { ...attempt, token: 0 as Token }
}

import type { CallSite } from './call-site.ts'
import { OperatorFailure } from './failure.ts'
import { returned } from './returned.ts'

/** A user's function of two whose failures name the operator, and which must not return a promise. */
export function guarded<A, B, R>(f: (a: A, b: B) => R, site: CallSite): (a: A, b: B) => R {
  return (a, b) => {
    try {
      return returned(f(a, b))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
  }
}

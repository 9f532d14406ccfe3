import { located, OperatorFailure } from '../../rdd/failure.ts'
import { returned } from '../../rdd/returned.ts'
import type { Time } from '../../util/time.ts'
import type { Reduction } from './reduce-by-key.ts'

/** Calls functions of the user, whose failures say in which window they were. */
export type WindowGuard = <R>(call: () => R) => R

export function windowGuard(
  { site }: Pick<Reduction<unknown>, 'site'>,
  { partition, time }: { readonly partition: number; readonly time: Time },
): WindowGuard {
  return (call) => {
    try {
      return returned(call())
    } catch (cause) {
      throw located(new OperatorFailure(site, cause), partition, () => `the window up to ${time}`)
    }
  }
}

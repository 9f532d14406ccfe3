import type { Case } from './case.ts'

/** Why a case without a pipeline is not run. */
export function whyNotRun(_given: Case): string {
  return 'it has no pipeline'
}

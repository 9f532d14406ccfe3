import { type CollectionReport, collectGarbage } from './collection.ts'
import { operatorAct, overtaken } from './operator-act.ts'
import type { Runtime } from './runtime.ts'

/** Deletes what no batch, savepoint or unpublished output needs any more, now and all of it. */
export async function collect(
  runtime: Runtime,
  { signal }: { readonly signal: AbortSignal },
): Promise<CollectionReport> {
  return operatorAct(runtime, {
    signal,
    act: async (run) => {
      const report = await collectGarbage(run, { untilMs: Number.POSITIVE_INFINITY })
      if (report === 'fenced') throw overtaken(runtime, 'collect')
      return report
    },
  })
}

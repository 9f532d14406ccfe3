import type { Attempt } from '../checkpoint/attempt.ts'
import type { Committed } from '../checkpoint/head.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import { marked } from '../checkpoint/transitions.ts'
import type { Sink } from '../ports/sink.ts'
import { allDone } from '../util/all-done.ts'
import { committedManifest } from './committed-manifest.ts'
import type { Invocation } from './invocation.ts'
import type { SwapOutcome } from './own-head.ts'
import type { Runtime } from './runtime.ts'

export interface PublishOptions {
  /** Another invocation may have begun: outputs whose `_SUCCESS` is there are left alone. */
  readonly redo: boolean
}

/**
 * Makes what the head names visible, and nothing else (P9): always the committed attempt's staged bytes, so a publisher that
 * comes late writes the same again. That it is done is recorded by the next swap, whichever that is (P10); a redo
 * records it at once, as the next commit waits for it.
 */
export async function publishCommitted(
  run: Invocation,
  committed: Committed,
  { redo }: PublishOptions,
): Promise<SwapOutcome> {
  if (committed.published) return 'ok'
  const { attempt } = committed
  const { outputs } = await committedManifest(run.runtime, committed)
  await allDone(outputs.map((staged) => publishOutput(run, attempt, staged, redo)))
  run.head.notePublished(attempt)
  if (!redo) return 'ok'
  run.runtime.log.info('publish-redone', { app: run.runtime.app, batchTime: attempt.batchTime })
  return run.head.swap((head) => ({ ...marked(head, attempt), version: head.version + 1 }))
}

async function publishOutput(run: Invocation, attempt: Attempt, staged: StagedOutput, redo: boolean): Promise<void> {
  const { signal, runtime } = run
  await sinkOf(runtime, staged).publish(staged, { attempt, store: runtime.checkpoint, redo, signal })
}

/** What publishes, or looks at, an output that was staged: by the sink that the graph has for it, if it has. */
export function sinkOf({ graph, openSink }: Runtime, { output, kind }: StagedOutput): Sink {
  const known = graph.sink(output)
  // New code may have dropped the output, or given its name to one of another kind, which cannot publish what this one staged.
  return openSink(known?.kind === kind ? known : { kind, options: {} }, output)
}

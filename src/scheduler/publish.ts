import type { Attempt } from '../checkpoint/attempt.ts'
import type { Committed } from '../checkpoint/head.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import type { PublishContext, Sink } from '../ports/sink.ts'
import { allDone } from '../util/all-done.ts'
import { committedManifest } from './committed-manifest.ts'
import type { Invocation } from './invocation.ts'
import { release } from './lease.ts'
import type { Runtime } from './runtime.ts'

export interface PublishOptions {
  /** Another invocation may have begun: outputs that are closed are left alone. */
  readonly redo: boolean
  /** Nothing else comes in this invocation. */
  readonly last?: boolean
}

/**
 * Makes what the head names visible, and nothing else (P9): always the committed attempt's staged bytes, so a publisher that
 * comes late writes the same again. That it is done is recorded by the next swap, whichever that is (P10). Resolves to
 * whether anything was left to do.
 */
export async function publishCommitted(
  run: Invocation,
  committed: Committed,
  { redo, last = false }: PublishOptions,
): Promise<boolean> {
  if (committed.published) return false
  const { app, checkpoint, log } = run.runtime
  const { attempt } = committed
  const context = { attempt, store: checkpoint, signal: run.signal }
  const all = await publicationsOf(run.runtime, committed)
  const open = redo ? await stillOpen(all, attempt) : all
  await allDone(open.map(({ sink, staged }) => sink.publish(staged, context)))
  const closings = open.map(({ sink, staged }) => sink.closing?.close(staged, context))
  await allDone([...closings, last && mayReleaseUnmarked(run, all) ? release(run) : undefined])
  run.head.notePublished(attempt)
  if (redo && open.length > 0) log.info('publish-redone', { app, batchTime: attempt.batchTime })
  return open.length > 0
}

interface Publication {
  readonly staged: StagedOutput
  readonly sink: Sink
}

/** What was staged by the batch that a head names, each with what publishes it. */
export async function publicationsOf(runtime: Runtime, committed: Committed): Promise<readonly Publication[]> {
  const { outputs } = await committedManifest(runtime, committed)
  return outputs.map((staged) => ({ staged, sink: sinkOf(runtime, staged) }))
}

/** Those that nobody has closed, or of which nobody can tell. */
export async function stillOpen(
  publications: readonly Publication[],
  attempt: Attempt,
): Promise<readonly Publication[]> {
  const closed = await allDone(publications.map(({ staged, sink }) => sink.closing?.isClosed(staged, attempt)))
  return publications.filter((_, i) => closed[i] !== true)
}

/**
 * Whether the lease is given back beside what closes the outputs, the commit unmarked as yet: the mark, in a swap of its own,
 * would cost the last round trip of a batch. Only where somebody is sure to come, and whoever does can tell whether they are
 * closed (P10).
 */
function mayReleaseUnmarked({ options }: Invocation, publications: readonly Publication[]): boolean {
  return options.scheduled === true && publications.every(({ sink }) => sink.closing !== undefined)
}

/** Publishes one output, whole. */
export async function publishWhole(sink: Sink, staged: StagedOutput, context: PublishContext): Promise<void> {
  await sink.publish(staged, context)
  await sink.closing?.close(staged, context)
}

/** What publishes, or looks at, an output that was staged: by the sink that the graph has for it, if it has. */
export function sinkOf({ graph, openSink }: Runtime, { output, kind }: StagedOutput): Sink {
  const known = graph.sink(output)
  // New code may have dropped the output, or given its name to one of another kind, which cannot publish what this one staged.
  return openSink(known?.kind === kind ? known : { kind, options: {} }, output)
}

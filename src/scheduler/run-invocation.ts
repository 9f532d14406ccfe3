import { type Decision, decide, type Facts } from '../checkpoint/decide.ts'
import { zeroTimeAt } from '../checkpoint/grid.ts'
import type { Head } from '../checkpoint/head.ts'
import { unborn } from '../checkpoint/transitions.ts'
import { unreachable } from '../util/assert.ts'
import { publishAgain, runBatch } from './batch.ts'
import { batchesLeft, type Invocation, type InvocationOptions, type InvocationOutcome } from './invocation.ts'
import { release, takeLease } from './lease.ts'
import { OwnHead } from './own-head.ts'
import { collectBetween, collectsFirst } from './regular-collection.ts'
import type { Runtime } from './runtime.ts'
import { waitForNews } from './wait-for-news.ts'

/** Why the timer of the deadline stops; to make an error of it takes longer than many a step of a batch. */
const ENDED = 'the invocation has ended'

/** How often somebody who waits for another's lease looks again. */
const HELD_POLL_MS = 1_000

/**
 * Runs an application's due batches, one after the other, under one lease: decide, do, decide again.
 * Rejects with a `SluiceError` of code `batch-failed` when a batch fails; its plan stays in the head.
 */
export async function runInvocation(runtime: Runtime, options: InvocationOptions): Promise<InvocationOutcome> {
  const stop = new AbortController()
  const deadline = stopAt(runtime, options, stop)
  tellStart(runtime)
  try {
    return await runLeased(await openInvocation(runtime, options, stop.signal))
  } finally {
    deadline.abort(ENDED)
    await runtime.metrics.flush()
    await runtime.graph.listeners.drained()
  }
}

/** Once a process: what starts is the application here, not each of its invocations. */
function tellStart({ warm, graph, clock }: Runtime): void {
  if (warm.started === true) return
  warm.started = true
  graph.listeners.post('onStreamingStarted', { time: clock.now() })
}

async function runLeased(run: Invocation): Promise<InvocationOutcome> {
  try {
    return await runUntilDone(run)
  } finally {
    await release(run)
  }
}

async function runUntilDone(run: Invocation): Promise<InvocationOutcome> {
  for (;;) {
    if (run.signal.aborted) return ended(run, 'stopped')
    const decision = decide(facts(run))
    if (collectsFirst(run, decision)) {
      // A batch may be due afterwards whose tick has found the lease held.
      await collectBetween(run)
      continue
    }
    run.runtime.log.debug('decided', { app: run.runtime.app, decision: decision.kind })
    const outcome = await carryOut(run, decision)
    if (outcome !== 'go-on') return outcome
  }
}

async function carryOut(run: Invocation, decision: Decision): Promise<InvocationOutcome | 'go-on'> {
  switch (decision.kind) {
    case 'lease':
      await takeLease(run)
      return 'go-on'
    case 'publish':
      return (await publishAgain(run, decision.committed)) === 'ok' ? 'go-on' : ended(run, 'fenced')
    case 'plan':
    case 'rerun':
    case 'replan': {
      const outcome = await runBatch(run, decision)
      if (outcome.kind === 'committed' || outcome.kind === 'overtaken') return 'go-on'
      return outcome.kind === 'nothing' ? { ...ended(run, 'idle'), sourcesDone: true } : ended(run, 'fenced')
    }
    case 'wait':
      return waitUntil(run, decision.untilMs)
    case 'held':
      return waitForOther(run, decision.untilMs)
    case 'idle':
      return ended(run, 'idle', decision.nextMs)
    case 'stop':
      return ended(run, 'stopped')
    default:
      return unreachable(decision)
  }
}

/** For a batch time, or for the end of a failed plan's rest: an operator may give that plan up meanwhile. */
async function waitUntil(run: Invocation, untilMs: number): Promise<'go-on'> {
  const { version, planned } = run.head.head
  const { clock } = run.runtime
  if (planned === undefined) await clock.sleep(untilMs - clock.now(), run.waking)
  else if (await waitForNews(run.runtime, { version, untilMs, signal: run.waking })) await run.head.refresh()
  return 'go-on'
}

/** Somebody else is at work. Whoever has time to wait takes over as soon as the lease is free. */
async function waitForOther(run: Invocation, untilMs: number): Promise<InvocationOutcome | 'go-on'> {
  const { clock } = run.runtime
  if (clock.now() + HELD_POLL_MS > (run.options.waitUntilMs ?? 0)) return ended(run, 'held', untilMs)
  await clock.sleep(HELD_POLL_MS, run.waking)
  await run.head.refresh()
  return 'go-on'
}

function ended(run: Invocation, kind: InvocationOutcome['kind'], nextMs?: number): InvocationOutcome {
  const worked = run.reports.length > 0 && kind !== 'fenced'
  return { kind: worked ? 'committed' : kind, reports: run.reports, ...(nextMs === undefined ? {} : { nextMs }) }
}

function facts(run: Invocation): Facts {
  const { runtime, options, owner } = run
  const { head } = run.head
  return {
    head,
    nowMs: runtime.clock.now(),
    self: {
      owner,
      startBeforeMs: options.beginUntilMs ?? options.deadlineMs - options.marginMs,
      due: options.due,
      waitUntilMs: options.waitUntilMs ?? 0,
      batchIntervalMs: runtime.batchIntervalMs,
      batchesLeft: batchesLeft(run),
      impatient: options.impatient === true,
      leaseAbandoned: isAbandoned(runtime, head, owner),
    },
  }
}

/** Looked up only for a lease of somebody else's: it costs calls of the operating system. */
function isAbandoned({ leaseAbandoned }: Runtime, { lease }: Head, owner: string): boolean {
  return lease !== undefined && lease.owner !== owner && leaseAbandoned(lease.owner)
}

/** Begins an invocation on the head as this process remembers it, or as it is read. Takes no lease yet. */
export async function openInvocation(
  runtime: Runtime,
  options: InvocationOptions,
  signal: AbortSignal,
): Promise<Invocation> {
  const { app, batchIntervalMs, clock } = runtime
  const head =
    remembered(runtime) ??
    (await runtime.register.read(app)) ??
    unborn({ app, batchIntervalMs, zeroTime: options.zeroTime ?? zeroTimeAt(clock.now(), batchIntervalMs) })
  const owner = runtime.uniqueId()
  const waking = options.stop === undefined ? signal : AbortSignal.any([signal, options.stop])
  return {
    runtime,
    options,
    owner,
    head: new OwnHead(runtime, head, signal),
    signal,
    waking,
    reports: [],
    attempts: 0,
  }
}

/**
 * The head as this process last wrote it. With a lease in it, an invocation of this process ended without giving that back
 * (it was fenced, or its last swap failed): waiting for it would be waiting for oneself, so what became of it is read.
 */
function remembered({ warm }: Runtime): Head | undefined {
  return warm.head?.lease === undefined ? warm.head : undefined
}

/** Aborts what runs when the deadline's margin begins, or when the caller says so. */
function stopAt(runtime: Runtime, options: InvocationOptions, stop: AbortController): AbortController {
  const timer = new AbortController()
  const left = options.deadlineMs - options.marginMs - runtime.clock.now()
  // Without a deadline there is nothing to wait for, and no timer that keeps a process alive whose function never ends.
  if (Number.isFinite(left)) {
    void runtime.clock.sleep(Math.max(0, left), timer.signal).then(() => {
      if (!timer.signal.aborted) stop.abort(new Error('the deadline of this invocation is near'))
    })
  }
  const { signal } = options
  if (signal?.aborted === true) stop.abort(signal.reason)
  signal?.addEventListener('abort', () => stop.abort(signal.reason), { signal: timer.signal })
  return timer
}

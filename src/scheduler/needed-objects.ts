import {
  type DecodeRecord,
  decodeDeadLetters,
  decodeManifest,
  decodePlan,
  decodeSavepoint,
} from '../checkpoint/decode-record.ts'
import { type Needed, objectsNamedIn } from '../checkpoint/garbage.ts'
import type { Head } from '../checkpoint/head.ts'
import { allBlocksPrefix } from '../checkpoint/names.ts'
import type { Plan } from '../checkpoint/plan.ts'
import type { Stored } from '../checkpoint/stored.ts'
import { allDone } from '../util/all-done.ts'
import type { Invocation } from './invocation.ts'
import type { RetainedBatches } from './retained-batches.ts'
import { load } from './stored.ts'

/** Manifests read at once. */
const WIDTH = 16

/** What must stay, and what it takes to say the same of received blocks. */
export interface NeededObjects extends Needed {
  /** Of the retained batches. */
  readonly plans: readonly Stored<Plan>[]
}

/**
 * Everything that the head names (the plan, the last commit with outputs that may be unpublished, savepoints, history), and
 * everything that the manifests of retained and pinned batches name.
 */
export async function neededObjects(run: Invocation, head: Head, retained: RetainedBatches): Promise<NeededObjects> {
  const objects = new Set<string>()
  const keep = (record: unknown) => {
    for (const { key } of objectsNamedIn(record)) objects.add(key)
  }
  keep([head.planned, head.committed, head.pins, retained.records, head.deadLetters])
  // Dead letters stay until they are read again or given up, however old their batch is (`gc-spares-dead-letters`).
  if (head.deadLetters !== undefined) keep(await load(run.runtime.checkpoint, head.deadLetters, decodeDeadLetters))
  const pins = head.pins.map(({ ref }): Stored<unknown> => ({ kind: 'object', ref }))
  for await (const savepoint of loaded(run, pins, decodeSavepoint)) keep(savepoint)
  const plans: Stored<Plan>[] = []
  for await (const manifest of loaded(run, retained.manifests, decodeManifest)) {
    keep(manifest)
    plans.push(manifest.plan)
  }
  return { token: head.token, objects, plans }
}

/** With the blocks that retained batches were planned to read: a replay reads them again. */
export async function withBlocks(run: Invocation, needed: NeededObjects): Promise<NeededObjects> {
  const objects = new Set(needed.objects)
  const prefix = allBlocksPrefix(run.runtime.app)
  for await (const { sources } of loaded(run, needed.plans, decodePlan)) {
    for (const { ranges } of Object.values(sources)) {
      for (const { partition } of ranges) if (partition.startsWith(prefix)) objects.add(partition)
    }
  }
  return { ...needed, objects }
}

async function* loaded<T>(
  { runtime, signal }: Invocation,
  records: readonly Stored<T>[],
  decode: DecodeRecord<T>,
): AsyncGenerator<T> {
  for (let start = 0; start < records.length; start += WIDTH) {
    signal.throwIfAborted()
    const some = records.slice(start, start + WIDTH)
    yield* await allDone(some.map((stored) => load(runtime.checkpoint, stored, decode)))
  }
}

import type { BatchTime } from '../checkpoint/attempt.ts'
import { isTimeValid } from '../dstream/stream-node.ts'
import type { ObjectInfo } from '../ports/object-store.ts'
import type { Sink } from '../ports/sink.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { Time } from '../util/time.ts'
import type { Invocation } from './invocation.ts'

/** What lies already where a batch's outputs are to become visible, by output. */
export type OutputPlaces = ReadonlyMap<string, Promise<readonly ObjectInfo[]>>

/**
 * Looks at the places of all outputs that are due at a batch time, as soon as that is known: beside the cutting of its plan,
 * the look adds no round trip. Resolves when all have ended. That one failed is for its output to tell: only then has the
 * batch a plan that the failure can be recorded with.
 */
export function lookAhead({ runtime, head }: Invocation, batchTime: BatchTime): Awaitable<OutputPlaces> {
  const [time, zeroTime] = [new Time(batchTime), new Time(head.head.zeroTime)]
  const places = new Map<string, Promise<readonly ObjectInfo[]>>()
  for (const { name, node } of runtime.graph.outputs) {
    if (node.sink === undefined || !isTimeValid(time, zeroTime, node.stream.slideDuration)) continue
    const sink = runtime.openSink(node.sink, name)
    if (sink.existing) places.set(name, lookAt(sink, batchTime))
  }
  return places.size === 0 ? places : Promise.allSettled(places.values()).then(() => places)
}

async function lookAt(sink: Sink, batchTime: BatchTime): Promise<readonly ObjectInfo[]> {
  return (await sink.existing?.(batchTime)) ?? []
}

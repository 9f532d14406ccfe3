import { passingShadowsPrefix, replayOf } from '../checkpoint/names.ts'
import { shadowAgeMs } from '../checkpoint/retention.ts'
import type { Runtime } from './runtime.ts'

/**
 * The ids of replays of which nothing has been written for so long that what they wrote goes (`shadows-end`). A range counts as
 * one: with state that is carried on, its last batch reads what the first wrote. `undefined`: `goOn` ended it before all was seen.
 */
export async function endedReplays(
  { app, checkpoint, clock, retention }: Runtime,
  goOn: () => boolean,
): Promise<ReadonlySet<string> | undefined> {
  const lastWritten = new Map<string, number>()
  for await (const page of checkpoint.list(passingShadowsPrefix(app))) {
    if (!goOn()) return undefined
    for (const { key, lastModifiedMs } of page) {
      const id = replayOf(key)
      if (id !== undefined) lastWritten.set(id, Math.max(lastModifiedMs, lastWritten.get(id) ?? 0))
    }
  }
  const before = clock.now() - shadowAgeMs(retention)
  return new Set([...lastWritten].filter(([, lastMs]) => lastMs < before).map(([id]) => id))
}

import type { Attempt } from '../checkpoint/attempt.ts'
import type { Head, History, HistorySegment } from '../checkpoint/head.ts'
import { encodeSegment, withManifest } from '../checkpoint/head-json.ts'
import type { StateManifest } from '../checkpoint/manifest.ts'
import { historyKey } from '../checkpoint/names.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import type { Awaitable } from '../util/awaitable.ts'
import type { Runtime } from './runtime.ts'
import { putObject } from './stored.ts'

/** How much of the recent manifests the head carries before they move to a segment: each swap pays for all of it. */
const RECENT_BYTES = 24 * 1024

/** The history of the head after this commit: the batch that it replaces joins the recent ones, or all of them a segment (P12). */
export function shedHistory(runtime: Runtime, attempt: Attempt, head: Head): Awaitable<History> {
  const { committed, history } = head
  if (committed === undefined) return history
  const { recent, size } = withManifest(history.recent, committed.manifest)
  if (size <= RECENT_BYTES) return { ...history, recent }
  const { segment: previous } = history
  const segment: HistorySegment = {
    formatVersion: 1,
    manifests: recent,
    ...(previous === undefined ? {} : { previous }),
  }
  const bytes = new TextEncoder().encode(encodeSegment(segment))
  const put = putObject(runtime.checkpoint, historyKey(runtime.app, attempt), bytes)
  return put.then((segment) => ({ recent: [], segment }))
}

/**
 * Says of changes that travel in a manifest where that manifest is, when the head sheds it: who restores does not walk back
 * through the history for them, and collection need not keep all of it (P12).
 */
export function located(state: StateManifest, { history: before, committed }: Head, after: History): StateManifest {
  const { segment } = after
  if (segment === undefined || segment === before.segment || committed === undefined) return state
  const shed = [...before.recent, committed.manifest].map(
    (stored) => [attemptOfManifest(stored).batchTime, stored.kind === 'object' ? stored.ref : segment] as const,
  )
  const places = new Map(shed)
  const changelogs = state.changelogs.map((ref) => {
    const within = ref.object === undefined ? (ref.within ?? places.get(ref.batchTime)) : undefined
    return within === undefined ? ref : { ...ref, within }
  })
  return { ...state, changelogs }
}

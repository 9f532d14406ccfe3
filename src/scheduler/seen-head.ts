import type { Committed, Head } from '../checkpoint/head.ts'
import { marked } from '../checkpoint/transitions.ts'
import { publicationsOf, stillOpen } from './publish.ts'
import type { Runtime } from './runtime.ts'

/**
 * A head for somebody who only looks. Who published the last commit may have left the mark to the next swap (P10), so what
 * is not marked is looked at. Where that cannot be done from here, the head says what it says.
 */
export async function seenHead(runtime: Runtime, head: Head): Promise<Head> {
  const { committed } = head
  if (committed === undefined || committed.published) return head
  const closed = await isClosed(runtime, committed).catch(() => false)
  return closed ? marked(head, committed.attempt) : head
}

async function isClosed(runtime: Runtime, committed: Committed): Promise<boolean> {
  const open = await stillOpen(await publicationsOf(runtime, committed), committed.attempt)
  return open.length === 0
}

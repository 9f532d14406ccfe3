import type { Head, Lease } from './head.ts'

/**
 * No invocation lasts longer, so a lease that claims more is the work of a clock that was far ahead: without the cap, one
 * such owner would hold the application until its clock's time comes (`until-capped`).
 */
export const LONGEST_INVOCATION_MS = 16 * 60_000

/** What a lease claims at most, leaving room for clocks that differ a little. */
export const LONGEST_LEASE_MS = 15 * 60_000

/**
 * Whether it is worth leaving the application to somebody else. Never a matter of safety: taking over is always safe,
 * as it raises the token; this only avoids work that would be fenced.
 */
export function heldByOther(head: Pick<Head, 'lease'>, owner: string, nowMs: number): boolean {
  const { lease } = head
  return lease !== undefined && lease.owner !== owner && !expired(lease, nowMs)
}

function expired(lease: Lease, nowMs: number): boolean {
  return lease.until <= nowMs || lease.until > nowMs + LONGEST_INVOCATION_MS
}

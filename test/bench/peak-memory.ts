import { existsSync, readFileSync } from 'node:fs'

const STATUS = '/proc/self/status'

/**
 * The most memory that this process has had resident, in megabytes. Linux counts in `maxRSS` what the parent had when it
 * forked; what the process had itself stands in its status.
 */
export function peakMegabytes(): number {
  const own = existsSync(STATUS) ? /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(STATUS, 'utf8'))?.[1] : undefined
  return (Number(own ?? process.resourceUsage().maxRSS) * 1_024) / 1e6
}

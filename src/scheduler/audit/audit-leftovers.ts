import { attemptOf, isHeadOrBlock, shadowsPrefix } from '../../checkpoint/names.ts'
import { shadowAgeMs } from '../../checkpoint/retention.ts'
import type { Audit } from './audit.ts'
import type { FileCount } from './audited-objects.ts'
import { damage, note } from './finding.ts'

/** What is there and named by nothing. Comes last: by then everything that is named has been looked at. */
export function auditLeftovers(audit: Audit): void {
  const { objects, head, counts, runtime } = audit
  const ahead: string[] = []
  const unknown: string[] = []
  for (const [key, sizeBytes] of objects.listed) {
    if (objects.wasAudited(key)) continue
    const token = attemptOf(key)?.token
    if (token === undefined) {
      if (!isHeadOrBlock(key)) unknown.push(key)
    } else if (token > head.token) ahead.push(key)
    else if (token < head.token) {
      counts.garbage++
      counts.garbageBytes += sizeBytes
    }
  }
  const url = (key = '') => `${runtime.checkpoint.url}/${key}`
  if (ahead.length > 0) audit.add(damage('token-ahead', `${AHEAD}: ${ahead.length} objects, as ${url(ahead[0])}`))
  if (unknown.length > 0)
    audit.add(
      note('unknown-object', `Objects of no known name, which nothing reads: ${unknown.length}, as ${url(unknown[0])}`),
    )
  if (counts.garbage > 0)
    audit.add(
      note(
        'garbage',
        `Objects that nothing needs, which the next collection deletes: ${counts.garbage} of ${counts.garbageBytes} bytes`,
      ),
    )
  auditShadows(audit)
}

function auditShadows(audit: Audit): void {
  const { checkpoint, app, retention } = audit.runtime
  const { passing, kept } = audit.objects.shadows
  const place = `${checkpoint.url}/${shadowsPrefix(app)}`
  const told = (what: string, { files, sizeBytes }: FileCount) => {
    if (files > 0) audit.add(note('replay-files', `${what}: ${files} of ${sizeBytes} bytes below ${place}`))
  }
  const hours = Math.ceil(shadowAgeMs(retention) / 3_600_000)
  told(`Files that replays wrote, which collections delete ${hours} hours after the last of a replay`, passing)
  told('Files of replays that were to be kept; delete them when nobody needs them any more', kept)
}

const AHEAD =
  'The checkpoint has objects of a later token than its head, as when the head was restored from a backup or deleted; stop the application, and restore the newest head, as its tokens would be used twice'

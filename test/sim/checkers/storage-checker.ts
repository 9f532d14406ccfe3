import type { Token } from '../../../src/checkpoint/attempt.ts'
import type { Head } from '../../../src/checkpoint/head.ts'
import type { VerifyReport } from '../../../src/scheduler/verify.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { AuditedWhen, Checker, Commit } from './checker.ts'
import { refsIn } from './refs-in.ts'

/** Batches that are kept beyond what retention says: segments hold several. */
const SLACK_BATCHES = 30

/**
 * Batches that one token may have beyond those after which a collection is overdue: so many are made at the end of an invocation,
 * when there is no time left for it (`LEAST_MS`, and a batch takes some 15 ms).
 */
const LATE_BATCHES = 20
/** A process collects no more often, however many batches it makes meanwhile (`LEAST_MS` as it is scaled down). */
const LEAST_MS = 300

interface TokensBatches {
  readonly sinceMs: number
  readonly batches: number
  /** Of these, those for which there could have been another token. */
  readonly late: number
}

/** After a last collection, with nobody else at work, what is stored is what somebody can still get at, and not much. */
export class StorageChecker implements Checker {
  readonly #world: SimWorld
  /** Batches of one token are kept, or given up, together. */
  readonly #ofToken = new Map<Token, TokensBatches>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  committed({ after: { token } }: Commit): void {
    const { scenario, timeline } = this.#world
    const { sinceMs, batches, late } = this.#ofToken.get(token) ?? { sinceMs: timeline.nowMs, batches: 0, late: 0 }
    const isLate = timeline.nowMs - sinceMs >= LEAST_MS
    const now = { sinceMs, batches: batches + 1, late: isLate ? late + 1 : 0 }
    this.#ofToken.set(token, now)
    const { every } = scenario.app.retain
    if (now.late > 2 * every + LATE_BATCHES)
      this.#world.violate(
        'tokens-part-batches',
        `${now.batches} batches under token ${token}, collected every ${every}`,
      )
  }

  audited({ sound, findings, garbage }: VerifyReport, { isLast, deeds }: AuditedWhen): void {
    if (deeds !== undefined) return
    // Who looks while others are at work may read something wrongly, or find that it has been collected, and says so.
    const isMoving = findings.some(({ code }) => code === 'moving')
    if (!isLast && (isMoving || this.#world.faults.counts.has('damaged-read'))) return
    const damage = findings
      .filter(({ severity }) => severity === 'damage')
      .map(({ code, message }) => `${code}: ${message}`)
    if (!sound || damage.length > 0) this.#world.violate('audit-finds-no-damage', damage.join('\n'))
    if (isLast && garbage > 0) this.#world.violate('audit-finds-no-garbage', `${garbage} objects`)
  }

  ended(): void {
    const { head, checkpoint, scenario, violate } = this.#world
    if (head === undefined) return
    const reachable = this.#reachable(head)
    const attempts = [...checkpoint.objects.keys()].filter((key) => !/\/(shadow|blocks)\//.test(key))
    const dead = attempts.filter((key) => !reachable.has(key))
    if (dead.length > 0) violate('garbage-is-collected', `${dead.length} objects, as ${dead[0]}`)
    const { batches } = scenario.app.retain
    // What goes goes by tokens: a long backlog that one invocation caught up with stays as long as any batch of it.
    const sharing = this.#ofToken.get(head.boundary)?.batches ?? 0
    const most = mostOfOneBatch(attempts) * (2 * batches + sharing + head.pins.length + SLACK_BATCHES)
    if (attempts.length > most) violate('storage-is-bounded', `${attempts.length} objects for ${batches} batches`)
  }

  /** Every object that the head names, and that objects name which it names. */
  #reachable(head: Head): ReadonlySet<string> {
    const found = new Set<string>()
    const queue = [...refsIn(head)]
    for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
      const object = found.has(ref.key) ? undefined : this.#world.checkpoint.objects.get(ref.key)
      found.add(ref.key)
      if (object !== undefined && isRecord(ref.key, object.bytes))
        queue.push(...refsIn(object.content.record as object))
    }
    return found
  }
}

/** Objects by the names of attempts: some applications write one for each two records, others none. */
function mostOfOneBatch(keys: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const key of keys) {
    const attempt = /^.*\/b\d+-\d+\//.exec(key)?.[0] ?? ''
    counts.set(attempt, (counts.get(attempt) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

const BRACE = 0x7b

/** Manifests, plans, segments and savepoints are JSON; state and outputs name nothing. Of what was copied, only a manifest is. */
function isRecord(key: string, bytes: Uint8Array): boolean {
  if (key.includes('/from/')) return bytes[0] === BRACE
  return /\/(manifest|plan|history|savepoint[^/]*|dead-letter-box)$/.test(key)
}

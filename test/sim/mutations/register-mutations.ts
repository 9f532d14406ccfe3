import type { Mutation } from './mutation.ts'

/** Leases, tokens and swaps (P1, P2, P8). */
export const REGISTER_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'commit-checks-version',
    without: 'a swap succeeds whatever version the register holds',
    edits: [
      {
        file: 'src/local/stores/memory-head-register.ts',
        find: "?.version ?? 0) !== expected) return { kind: 'conflict' }",
        replace: "?.version ?? 0) < 0) return { kind: 'conflict' }",
      },
    ],
  },
  {
    rule: 'retry-checks-token',
    without: "a swap that conflicts is tried again on another owner's head",
    edits: [
      {
        file: 'src/scheduler/own-head.ts',
        find: '(found) => found.token === this.#head.token',
        replace: '() => true',
      },
    ],
  },
  {
    rule: 'every-swap-checks-token',
    without: "an own commit that is read back under another's token is gone on from",
    edits: [
      {
        file: 'src/scheduler/own-head.ts',
        find: 'if (found !== undefined && sameHead(found, next)) return this.#done(found)',
        replace: `if (found !== undefined && (sameHead(found, next) || (next.committed !== undefined &&
          JSON.stringify(found.committed?.attempt) === JSON.stringify(next.committed.attempt))))
          return this.#done({ ...found, lease: next.lease ?? { owner: '', until: 0 } })`,
      },
    ],
  },
  {
    rule: 'lease-bumps-token',
    without: 'taking the lease keeps the token',
    edits: [
      {
        file: 'src/checkpoint/transitions.ts',
        find: 'token: nextToken(head.token), batchIntervalMs, lease',
        replace: 'token: head.token, batchIntervalMs, lease',
      },
    ],
  },
  {
    rule: 'owner-unique',
    without: 'all invocations go by one owner name',
    edits: [
      {
        file: 'src/scheduler/run-invocation.ts',
        find: 'const owner = runtime.uniqueId()',
        replace: "const owner = 'request'",
      },
    ],
  },
  {
    rule: 'operator-acts-take-a-token',
    without: 'an operator takes the lease and leaves the token as it is',
    edits: [
      {
        file: 'src/scheduler/operator-act.ts',
        find: '      await takeLease(run)\n',
        replace: `      await run.head.take((head) => ({
          ...head, version: head.version + 1, lease: { owner: run.owner, until: run.runtime.clock.now() + 900_000 },
        }))\n`,
      },
    ],
  },
  {
    rule: 'unknown-is-not-ok',
    without: 'a swap whose answer is lost counts as done',
    edits: [
      {
        file: 'src/scheduler/own-head.ts',
        find: "if (answer.kind === 'ok') return this.#done(next)",
        replace: "if (answer.kind !== 'conflict') return this.#done(next)",
      },
    ],
  },
  {
    rule: 'identity-is-attempt',
    without: 'a commit is taken for the own one by its batch time, and the own bytes are published',
    edits: [
      {
        file: 'src/scheduler/own-head.ts',
        find: 'return found.version === sent.version && JSON',
        replace: `if (found.committed !== undefined && sent.planned === undefined &&
            found.committed.attempt.batchTime === sent.committed?.attempt.batchTime) return true
          return found.version === sent.version && JSON`,
      },
      {
        file: 'src/scheduler/commit.ts',
        find: "return { kind: 'committed', committed: head.committed, last }",
        replace: "return { kind: 'committed', committed: { attempt, manifest: stored, published: false }, last }",
      },
    ],
  },
  {
    rule: 'lease-released',
    without: 'a lease lasts until its deadline',
    edits: [
      { file: 'src/scheduler/lease.ts', find: 'if (!hasLease(run)) return\n', replace: 'return\n' },
      {
        file: 'src/scheduler/commit.ts',
        find: 'release: nothingToPublish && last',
        replace: 'release: false',
      },
    ],
  },
  {
    rule: 'until-capped',
    without: 'a lease counts however far off its end is',
    edits: [
      {
        file: 'src/checkpoint/lease.ts',
        find: ' || lease.until > nowMs + LONGEST_INVOCATION_MS',
        replace: '',
      },
    ],
  },
  {
    rule: 'own-head-only',
    without: 'a failure is recorded in whatever head was found',
    edits: [
      {
        file: 'src/scheduler/batch.ts',
        find: 'if (!hasLease(run) && run.head.head.token !== begunOn.token)',
        replace: 'if (isLostGround(error) && run.head.head.token !== begunOn.token)',
      },
      {
        file: 'src/scheduler/batch.ts',
        find: 'const plan = hasLease(run) ? openPlan(run) : undefined',
        replace: 'const plan = openPlan(run)',
      },
    ],
  },
  {
    rule: 'missed-ticks-run',
    without: 'ticks that were missed are left out',
    edits: [
      {
        file: 'src/checkpoint/grid.ts',
        find: 'Math.floor((afterMs - zeroTime) / batchIntervalMs) + 1',
        replace: 'Math.floor((afterMs - zeroTime) / batchIntervalMs) + 2',
      },
    ],
  },
]

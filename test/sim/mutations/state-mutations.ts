import type { Mutation } from './mutation.ts'

/** State: where it is restored from, and what is remembered of it (P7, P12). */
export const STATE_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'restore-from-head',
    without: 'a warm process goes on from the batch that it committed last',
    edits: [
      {
        file: 'src/scheduler/committed-manifest.ts',
        find: 'warm.manifest !== undefined && sameAttempt(warm.manifest.attempt, committed.attempt)',
        replace: 'warm.manifest !== undefined && sameAttempt(warm.manifest.attempt, warm.manifest.attempt)',
      },
    ],
  },
  {
    rule: 'warm-by-attempt',
    without: 'state in memory is used whatever attempt it is of',
    edits: [
      {
        file: 'src/state/state-store.ts',
        find: 'return warm && base && isSame(warm.attempt, base.attempt) ? warm : undefined',
        replace: 'return warm && base && isSame(warm.attempt, warm.attempt) ? warm : undefined',
      },
    ],
  },
  {
    rule: 'warm-moved-while-running',
    without: 'a run works on the state in memory and leaves it there, whatever comes of it',
    edits: [{ file: 'src/state/state-store.ts', find: '    this.#warm = undefined\n', replace: '' }],
  },
  {
    rule: 'warm-after-commit',
    without: 'a run keeps its state in memory before its commit, as that of the batch before',
    edits: [
      {
        file: 'src/scheduler/batch.ts',
        find: '    const committed = await commit(run, permit)\n',
        replace: '    base.state.settle(permit.attempt)\n    const committed = await commit(run, permit)\n',
      },
      {
        file: 'src/scheduler/batch.ts',
        find: "    if (committed.kind === 'fenced') return committed\n    base.state.settle(permit.attempt)\n",
        replace: "    if (committed.kind === 'fenced') return committed\n",
      },
      {
        file: 'src/state/state-store.ts',
        find: 'isSame(warm.attempt, base.attempt) ? warm',
        replace: 'warm.attempt.batchTime === base.attempt.batchTime ? warm',
      },
    ],
  },
  {
    rule: 'checksum',
    without: 'stored bytes are used as they come',
    edits: [
      { file: 'src/scheduler/stored.ts', find: ' && crc32cHex(bytes) === ref.crc32c', replace: '' },
      {
        file: 'src/state/snapshot-index.ts',
        find: 'if (crc32c(bytes) !== checksum) throw',
        replace: 'if (crc32c(bytes) < 0) throw',
      },
    ],
  },
  {
    rule: 'changelogs-in-order',
    without: 'changelogs are applied the newest first',
    edits: [
      {
        file: 'src/state/stored-tables.ts',
        find: 'for (const changelog of changelogs) changelog.applyTo(rows, id)',
        replace: 'for (const changelog of changelogs.toReversed()) changelog.applyTo(rows, id)',
      },
    ],
  },
  {
    rule: 'merged-in-order',
    without: 'of a key that was deleted and put again, changelogs that are merged say that it was put',
    edits: [
      {
        file: 'src/state/merged-changes.ts',
        find: 'this.#puts.set(id, { ...put, keyBytes })',
        replace: 'this.#deletes.delete(id)\n    this.#puts.set(id, { ...put, keyBytes })',
      },
    ],
  },
  {
    rule: 'merged-what-counts',
    without: 'changes that are void, or in a snapshot already, are merged with later ones',
    edits: [
      {
        file: 'src/state/stored-tables.ts',
        find: '(table, batchTime) => batchTime > this.#since(table)',
        replace: '() => true',
      },
    ],
  },
  {
    rule: 'changes-by-value',
    without: 'an object that a function changed and returned counts as unchanged',
    edits: [
      {
        file: 'src/state/table.ts',
        find: "if (!Object.is(result, value) || typeof result === 'object') this.#replace(slot, result, made)",
        replace: 'if (!Object.is(result, value)) this.#replace(slot, result, made)',
      },
    ],
  },
  {
    rule: 'expiry-by-last-change',
    without: 'a key times out by its first change, not by its last',
    edits: [
      {
        file: 'src/state/expiry-index.ts',
        find: 'if (this.#timed.changedAt(slot) === noted) taken.push(slot)',
        replace: 'taken.push(slot)',
      },
    ],
  },
  {
    rule: 'expiry-survives-restore',
    without: 'a restored entry counts as changed when its table was written',
    edits: [
      {
        file: 'src/state/block.ts',
        find: 'return this.#batchTime - ',
        replace: 'return this.#batchTime - 0 * ',
      },
    ],
  },
  {
    rule: 'cold-changelogs',
    without: 'a table that is not restored whole is read from its snapshot alone',
    edits: [
      {
        file: 'src/state/stored-tables.ts',
        find: 'entries.apply(changelog, id)',
        replace: 'void changelog',
      },
    ],
  },
  {
    rule: 'expiry-indexed',
    without: 'a table that is not restored whole times out only what was touched since',
    edits: [
      {
        file: 'src/state/cold-entries.ts',
        find: '    if (time > from) {\n',
        replace: '    if (time < from) {\n',
      },
    ],
  },
  {
    rule: 'cold-order',
    without: 'keys of a table that is not restored whole come in the order in which they are looked up',
    edits: [
      {
        file: 'src/state/cold-entries.ts',
        find: 'return [...slots].sort((a, b) => this.#nextPlace(a) - this.#nextPlace(b))',
        replace: 'return [...slots]',
      },
    ],
  },
  {
    rule: 'streamed-changes',
    without: 'a table that is streamed comes as its snapshot has it, whatever changed since',
    edits: [
      {
        file: 'src/state/cold-entries.ts',
        find: 'const entry = slot < 0 ? stored : this.#nowAt(slot, stored)',
        replace: 'const entry = slot < 0 || this.#nowAt(slot, stored) ? stored : stored',
      },
    ],
  },
  {
    rule: 'streamed-once',
    without: 'a key of a streamed table that was removed and came back is there twice',
    edits: [
      {
        file: 'src/state/cold-entries.ts',
        find: 'const stands = this.rows.isAlive(slot) && this.#placeOf(slot) === place',
        replace: 'const stands = this.rows.isAlive(slot)',
      },
    ],
  },
  {
    rule: 'inline-carried',
    without: 'the head drops the batch before the last, which may hold the only copy of its changes',
    edits: [
      {
        file: 'src/scheduler/shed-history.ts',
        find: 'if (size <= RECENT_BYTES) return { ...history, recent }',
        replace: 'if (size <= RECENT_BYTES) return { ...history, recent: recent.slice(-1) }',
      },
    ],
  },
  {
    rule: 'snapshot-covers-its-batch',
    without: 'a snapshot says that it holds the changes of the batch after it, too',
    edits: [
      {
        file: 'src/state/stored-tables.ts',
        find: 'ref.batchTime > since && this.#mayHold',
        replace: 'ref.batchTime > since + 1_000 && this.#mayHold',
      },
    ],
  },
  {
    rule: 'spread-as-begun',
    without: 'a snapshot written over several batches says that it is of the last of them',
    edits: [
      {
        file: 'src/state/snapshot-cuts.ts',
        find: 'return { ...ref, batchTime: spread.batchTime, ...',
        replace: 'return { ...ref, ...',
      },
      {
        file: 'src/state/stored-tables.ts',
        find: 'if (tableName(snapshot.index) !== tableName(ref) || batchTime !== ref.batchTime)',
        replace: 'if (tableName(snapshot.index) !== tableName(ref))',
      },
    ],
  },
  {
    rule: 'spread-pieces-named',
    without: 'the pieces of a snapshot that is being written are named nowhere until it is whole',
    edits: [
      {
        file: 'src/state/state-run.ts',
        find: 'unfinished.length > 0 ? { ...after, unfinished } : after',
        replace: 'unfinished.length < 0 ? { ...after, unfinished } : after',
      },
    ],
  },
  {
    rule: 'spread-in-order',
    without: 'of the pieces of a snapshot the newest comes first',
    edits: [
      {
        file: 'src/state/spread-snapshot.ts',
        find: 'this.#pieces = [...this.#pieces, piece]',
        replace: 'this.#pieces = [piece, ...this.#pieces]',
      },
    ],
  },
  {
    rule: 'spread-standing',
    without: 'a snapshot written over several batches has what entries are when their piece is written',
    edits: [
      {
        file: 'src/state/snapshot-cuts.ts',
        find: 'this.#searchableParts(header, rows.standing())',
        replace: 'this.#searchableParts(header, rows)',
      },
    ],
  },
  {
    rule: 'panes-go',
    without: 'panes that no window to come needs stay in the state',
    edits: [
      {
        file: 'src/dstream/operators/reduce-by-key-and-window.ts',
        find: '        table.delete(time.milliseconds - window.milliseconds)\n',
        replace: '',
      },
    ],
  },
  {
    rule: 'looked-at-is-not-idle',
    without: 'a record whose function leaves the state as it is does not keep its key from timing out',
    edits: [
      {
        file: 'src/dstream/operators/record-mapper.ts',
        find: '      else if (this.#operator.timeout) table.touchAt(slot, this.#at.time.milliseconds)\n',
        replace: '',
      },
    ],
  },
  {
    rule: 'migrated-is-encoded',
    without: 'what a migration makes of state with a codec is stored as it comes',
    edits: [
      {
        file: 'src/dstream/operators/keyed-form.ts',
        find: 'return state === undefined || codec === undefined ? state : codec.encode(state, () => key)',
        replace: 'return state',
      },
    ],
  },
  {
    rule: 'initial-state-copied',
    without: 'each attempt of a first batch is handed the very objects that the graph holds',
    edits: [
      { file: 'src/dstream/operators/initial-state.ts', find: 'return ownCopy(stored)', replace: 'return stored' },
      {
        file: 'src/rdd/nodes/source.ts',
        find: 'ownElements(elements.slice(at, Math.min(at + CHUNK_RECORDS, end)))',
        replace: 'elements.slice(at, Math.min(at + CHUNK_RECORDS, end))',
      },
      // What was shuffled is each reader's own, which would copy it once more.
      { file: 'src/rdd/shuffle.ts', find: 'values: ownElements(values),', replace: 'values,' },
    ],
  },
]

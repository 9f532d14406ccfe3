import type { Mutation } from './mutation.ts'

const UPGRADE = 'src/scheduler/upgrade.ts'
const STREAMS = 'src/scheduler/stored-streams.ts'
const POSITIONS = 'src/scheduler/stored-positions.ts'
const COMPARE = 'src/checkpoint/compare-graphs.ts'
const RESHAPE = 'src/state/reshape.ts'
const FORESEE = 'src/scheduler/foresee-upgrade.ts'

/** What becomes of state and positions when the code changes (P18). */
export const UPGRADE_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'graph-compared',
    without: 'a batch begins whatever graph the last one was of',
    edits: [
      { file: UPGRADE, find: '  if (problems.length === 0) return\n', replace: '  if (problems.length > -1) return\n' },
    ],
  },
  {
    rule: 'every-batch-compares',
    without: 'a process compares graphs once, and not again after another has committed',
    edits: [
      {
        file: UPGRADE,
        find: 'if (last?.before === before) return last.changes',
        replace: 'if (last) return last.changes',
      },
    ],
  },
  {
    rule: 'former-state-void',
    without: 'changelogs of before count for whatever has the name of their tables now',
    edits: [
      {
        file: RESHAPE,
        find: 'voidUntil: { ...state.voidUntil, ...Object.fromEntries(until) }',
        replace: 'voidUntil: { ...state.voidUntil, ...Object.fromEntries(until.slice(until.length)) }',
      },
    ],
  },
  {
    rule: 'dropped-is-given-up',
    without: 'what was dropped stays stored under its name',
    edits: [
      {
        file: UPGRADE,
        find: "if (fate === 'dropped') return [{ from: nameOf(uid) }]",
        replace: "if (fate === 'dropped') return []",
      },
    ],
  },
  {
    rule: 'reshaped-written-whole',
    without: 'tables that were made anew are written when a snapshot happens to be due',
    edits: [
      {
        file: 'src/state/snapshot-cuts.ts',
        find: 'whole.has(tableName(cost.table.id)) ? Number.POSITIVE_INFINITY : due.get(cost)',
        replace: "whole.has('') ? Number.POSITIVE_INFINITY : due.get(cost)",
      },
    ],
  },
  {
    rule: 'state-migrated',
    without: 'state of another version is used as it is',
    edits: [
      { file: RESHAPE, find: "if (placed.table === '' && migrate)", replace: "if (placed.table === '?' && migrate)" },
    ],
  },
  {
    rule: 'keys-placed-anew',
    without: 'what was in one partition stays together in another number of partitions',
    edits: [
      {
        file: 'src/dstream/operators/keyed-form.ts',
        find: 'partition: partitioner.partition(key), partitions }',
        replace: 'partition: 0, partitions }',
      },
    ],
  },
  {
    rule: 'panes-placed-anew',
    without: 'a pane stays whole in another number of partitions',
    edits: [
      {
        file: 'src/dstream/operators/pane-form.ts',
        find: 'const partition = partitioner.partition(key)\n    const part ',
        replace: 'const partition = 0\n    const part ',
      },
    ],
  },
  {
    rule: 'positions-go-along',
    without: 'a stream that is renamed begins as if nobody had read it',
    edits: [{ file: POSITIONS, find: '[names.get(uid) ?? uid, position]', replace: '[uid, position]' }],
  },
  {
    rule: 'plans-go-along',
    without: 'a plan keeps the names that streams had when it was made',
    edits: [{ file: STREAMS, find: '[[uid, now] as const]', replace: '[[uid, uid] as const]' }],
  },
  {
    rule: 'planned-is-what-is-named',
    without: 'what is planned of a stream goes to whatever has its name, or had it once',
    edits: [{ file: STREAMS, find: ' && goesOnFrom.get(now) === plannedFrom ?', replace: ' ?' }],
  },
  {
    rule: 'plans-tell-former-names',
    without: 'a plan does not say which stream of the checkpoint has another name in it',
    edits: [
      {
        file: STREAMS,
        find: 'return change?.renamedFrom === undefined ? {} : { renamedFrom',
        replace: 'return change?.renamedFrom === undefined ? {} : { former',
      },
    ],
  },
  {
    rule: 'dropped-positions-void',
    without: 'a stream that comes back under a name begins where the one ended whose position was given up under it',
    edits: [
      {
        file: POSITIONS,
        find: 'Object.entries(positions).filter(([uid]) => !givenUp.has(uid))',
        replace: 'Object.entries(positions)',
      },
    ],
  },
  {
    rule: 'dropped-plans-void',
    without: 'what was planned of a stream whose position is given up is still to be read',
    edits: [
      {
        file: STREAMS,
        find: ' && !drop.includes(uid) }',
        replace: ' && drop.length > -1 }',
      },
    ],
  },
  {
    rule: 'dropped-memory-void',
    without: 'a stream whose position is given up remembers what it has read',
    edits: [
      {
        file: UPGRADE,
        find: "if (fate === 'dropped') return [{ from: nameOf(uid) }]",
        replace: "if (fate === 'dropped') return part === 'input' ? [] : [{ from: nameOf(uid) }]",
      },
    ],
  },
  {
    rule: 'dropped-marks-kept',
    without: 'blocks of a receiver are read again after its stream was given up and has come back',
    edits: [{ file: POSITIONS, find: '=> givenUp.has(uid) || names', replace: '=> names' }],
  },
  {
    rule: 'planned-is-of-a-kind',
    without: 'what is planned of a new stream goes to one of another kind of source that has its name',
    edits: [
      {
        file: STREAMS,
        find: 'kindNow(runtime, now) === kind && (',
        replace: 'hasInput(runtime, now) && (',
      },
    ],
  },
  {
    rule: 'panes-serve-window',
    without: 'a window goes on with another length although batches that it needs are gone',
    edits: [{ file: COMPARE, find: 'after.windowMs - after.stepMs <= before.keptMs', replace: 'after.windowMs > 0' }],
  },
  {
    rule: 'carried-is-of-one-window',
    without: 'a result that is carried from firing to firing goes on with another length of its window',
    edits: [{ file: COMPARE, find: ' && !before.carried && after', replace: ' && after' }],
  },
  {
    rule: 'slide-is-of-window',
    without: 'a window with another slide is taken for the same',
    edits: [{ file: COMPARE, find: 'a.slideMs === b.slideMs && ', replace: '' }],
  },
  {
    rule: 'left-out-is-not-kept',
    without: 'a window goes on although its batches were in none of the windows before, and so are not there',
    edits: [
      { file: 'src/dstream/operators/pane-form.ts', find: 'slideMs > windowMs ? 0 : windowMs', replace: 'windowMs' },
    ],
  },
  {
    rule: 'passed-is-not-kept',
    without: 'a window goes on although its batches were given up, as none of the windows to come had them',
    edits: [
      {
        file: 'src/dstream/operators/window.ts',
        find: 'keptMs: Math.max(0, windowMs - slideMs + stepMs)',
        replace: 'keptMs: windowMs',
      },
    ],
  },
  {
    rule: 'needless-panes-go',
    without: 'batches that no window to come has stay stored after an upgrade',
    edits: [
      { file: 'src/dstream/operators/window.ts', find: 'return isNeeded ? [', replace: "return table !== '' ? [" },
    ],
  },
  {
    rule: 'forecast-is-of-the-code',
    without: 'that a place does not answer is foreseen as a failure of the first batch',
    edits: [{ file: FORESEE, find: 'isRetryable(error) || isLostGround', replace: 'isLostGround' }],
  },
  {
    rule: 'forecast-looks-again',
    without: 'what is collected while somebody foresees an upgrade is taken for damage',
    edits: [{ file: FORESEE, find: 'LOOKS = 3', replace: 'LOOKS = 1' }],
  },
  {
    rule: 'forecast-tells-of-plans',
    without: 'code is said to fit although data is planned of a stream that it does not have',
    edits: [{ file: FORESEE, find: '    refuseUnknownStreams(runtime, plan, changes)\n', replace: '' }],
  },
]

import type {
  CodecRecord,
  DeclaredGraph,
  DeclaredOperator,
  GraphRecord,
  OperatorRecord,
  PaneRecord,
  UpgradeRules,
} from './graph-record.ts'
import { readsBlocks } from './marks-left.ts'

/** What becomes of one part of a graph that the checkpoint knows, or of one that it does not know. */
export interface GraphChange {
  readonly part: 'operator' | 'input' | 'output'
  /** As the new graph calls it; the old name of what is not in that any more. */
  readonly uid: string
  readonly kind: string
  /** `refused`: going on would lose what is stored, or take it for something else. `gone` is an output, which stores nothing. */
  readonly fate: 'kept' | 'new' | 'dropped' | 'gone' | 'refused'
  readonly renamedFrom?: string
  /** Of a new stream that goes on from a position which the last commit keeps for code that has it: the name of that. */
  readonly goesOnFrom?: string
  /** Versions of its values. */
  readonly migrated?: FromTo
  /** Numbers of partitions; they are equal if only the partitioner is another. */
  readonly resharded?: FromTo
  /** Its window or slide is another, which the stored panes can serve. */
  readonly rewindowed?: FromTo
  /** Why it is refused, and what to do. */
  readonly problem?: string
}

export interface FromTo {
  readonly from: number
  readonly to: number
}

/**
 * What becomes of everything that is stored for a graph when another one goes on from it. Pure; the parts of the new graph come
 * first, in its order. Renames and drops that were carried out by an earlier batch change nothing.
 */
export function compareGraphs(before: GraphRecord, after: DeclaredGraph, rules: UpgradeRules): readonly GraphChange[] {
  const names = namesSaid(before, after, rules)
  return [
    ...compareOperators(before, after, names),
    ...compareInputs(before, after, names),
    ...compareOutputs(before, after),
  ]
}

/** What is said of names, and what it is said of. */
interface Names {
  /** New uids by old ones, as far as they apply. */
  readonly renamed: ReadonlyMap<string, string>
  readonly rename: ReadonlyMap<string, string>
  readonly drop: ReadonlySet<string>
  readonly stored: ReadonlySet<string>
  readonly declared: ReadonlySet<string>
}

/**
 * A rename applies once: where the old name is stored and the new one is not. So nobody need hurry to delete it from the code.
 * Where two lead to one name, neither does. What has a name that leads nowhere is refused with the reason, as it is not in the
 * graph: no graph has a name that it gives away (`refuseReusedNames` in the scheduler), for a swap that was carried out looks
 * like one that was not.
 */
function namesSaid(before: GraphRecord, after: DeclaredGraph, { rename = {}, drop = [] }: UpgradeRules): Names {
  const [stored, declared] = [uidsOf(before), uidsOf(after)]
  const due = Object.entries(rename).filter(([from, to]) => stored.has(from) && !stored.has(to) && declared.has(to))
  const heirs = due.map(([, to]) => to)
  const renamed = new Map(due.filter(([, to]) => heirs.indexOf(to) === heirs.lastIndexOf(to)))
  return { renamed, rename: new Map(Object.entries(rename)), drop: new Set(drop), stored, declared }
}

/** Why what was said of a name does not help. */
function whyNotRenamed(uid: string, { rename, stored, declared }: Names): string {
  const to = rename.get(uid)
  if (to === undefined) return ''
  const because = !declared.has(to)
    ? `nothing in the graph is called '${to}'`
    : stored.has(to)
      ? `'${to}' is stored, too; to have it take that name, first run code without '${to}' that says ${dropping(to)}`
      : `another stored uid is to be called '${to}', too`
  return `, and cannot be renamed to '${to}', as ${because}`
}

function uidsOf({ operators, inputs }: GraphRecord): Set<string> {
  return new Set([...operators.map(({ uid }) => uid), ...Object.keys(inputs)])
}

function compareOperators(before: GraphRecord, after: DeclaredGraph, names: Names): GraphChange[] {
  const stored = new Map(
    before.operators.map((operator) => [names.renamed.get(operator.uid) ?? operator.uid, operator]),
  )
  const declared = new Set(after.operators.map(({ uid }) => uid))
  const fresh = after.operators.filter(({ uid }) => !stored.has(uid))
  const there = after.operators.flatMap((operator) => compareOperator(stored.get(operator.uid), operator, names))
  const gone = [...stored].flatMap(([uid, operator]) =>
    declared.has(uid) ? [] : [goneOperator(operator, fresh, names)],
  )
  return [...there, ...gone]
}

function compareOperator(before: OperatorRecord | undefined, after: DeclaredOperator, names: Names): GraphChange[] {
  const { uid, kind, partitions } = after
  const self = { part: 'operator', uid, kind } as const
  if (before === undefined) return [{ ...self, fate: 'new' }]
  const renamedFrom = before.uid === uid ? {} : { renamedFrom: before.uid }
  const problem = misfit(before, after)
  if (problem !== undefined && names.drop.has(before.uid)) {
    return [
      { ...self, uid: before.uid, kind: before.kind, fate: 'dropped' },
      { ...self, fate: 'new' },
    ]
  }
  if (problem !== undefined) {
    const otherwise = `or give its state up with ${dropping(before.uid)}`
    return [{ ...self, ...renamedFrom, fate: 'refused', problem: `${problem}, ${otherwise} (${after.site})` }]
  }
  const moved = before.partitions !== partitions || before.partitioner !== after.partitioner
  const [from, to] = [versionOf(before), versionOf(after)]
  const [window, slide] = [before.panes, after.panes]
  return [
    {
      ...self,
      fate: 'kept',
      ...renamedFrom,
      ...(from === to ? {} : { migrated: { from, to } }),
      ...(moved ? { resharded: { from: before.partitions, to: partitions } } : {}),
      ...(window && slide && !sameWindow(window, slide)
        ? { rewindowed: { from: window.windowMs, to: slide.windowMs } }
        : {}),
    },
  ]
}

/** Why the stored state is not what the operator takes it for; `undefined` if it is, or can be made so. */
function misfit(before: OperatorRecord, after: DeclaredOperator): string | undefined {
  const { uid, kind } = after
  if (before.kind !== kind) {
    return `'${uid}' has state of ${before.kind} and is ${kind} now: give the new operator a uid of its own`
  }
  return versionMisfit(before, after) ?? paneMisfit(uid, before.panes, after.panes)
}

function versionMisfit(before: OperatorRecord, after: DeclaredOperator): string | undefined {
  const { uid, migrates } = after
  const [from, to] = [versionOf(before), versionOf(after)]
  if (from > to)
    return `'${uid}' has state of version ${from}, which this code with version ${to} does not know: run newer code`
  if (from === to) return codecMisfit(uid, before.codec, after.codec)
  if (migrates) return undefined
  return `'${uid}' has state of version ${from} and wants ${to}: give it a function that makes the one from the other (migrate)`
}

/** What one codec has encoded, another one or none takes for something else. A codec without a name may come to have one. */
function codecMisfit(uid: string, before: CodecRecord | undefined, after: CodecRecord | undefined): string | undefined {
  const fits = before === undefined ? after === undefined : after && (before.name ?? after.name) === after.name
  if (fits) return undefined
  const [was, is] = [codecText(before), codecText(after)]
  return `'${uid}' has state that was stored with ${was} and is read with ${is} now: go back to the former, or raise stateVersion and give a function that makes new state from what is stored (migrate)`
}

function codecText(codec: CodecRecord | undefined): string {
  if (codec === undefined) return 'no codec'
  return codec.name === undefined ? 'a codec without a name' : `the codec '${codec.name}'`
}

function paneMisfit(uid: string, before: PaneRecord | undefined, after: PaneRecord | undefined): string | undefined {
  if (before === undefined && after === undefined) return undefined
  const fits = before && after && before.carried === after.carried && panesServe(before, after)
  if (fits) return undefined
  const [was, is] = [windowText(before), windowText(after)]
  return `'${uid}' had a window of ${was} and has one of ${is} now, which what is stored cannot serve: go back to the old one`
}

/**
 * The next batch, one step on, needs the panes of the window less that step. A result that is carried on has been made
 * from one window, and the next one must leave out just what that has more.
 */
function panesServe(before: PaneRecord, after: PaneRecord): boolean {
  if (sameWindow(before, after)) return true
  return before.stepMs === after.stepMs && !before.carried && after.windowMs - after.stepMs <= before.keptMs
}

function sameWindow(a: PaneRecord, b: PaneRecord): boolean {
  return a.windowMs === b.windowMs && a.slideMs === b.slideMs && a.stepMs === b.stepMs
}

function windowText(panes: PaneRecord | undefined): string {
  if (panes === undefined) return 'another form'
  const { windowMs, slideMs, stepMs, carried } = panes
  return `${windowMs} ms every ${slideMs} ms over batches of ${stepMs} ms${carried ? ' with an inverse' : ''}`
}

function goneOperator(before: OperatorRecord, fresh: readonly DeclaredOperator[], names: Names): GraphChange {
  const { uid, kind } = before
  const self = { part: 'operator', uid, kind } as const
  if (names.drop.has(uid)) return { ...self, fate: 'dropped' }
  const heirs = fresh.filter((operator) => operator.kind === kind)
  const ways = heirs.map((heir) => `if it is ${heir.site}, say .uid('${uid}') there${renaming(uid, heir)}`)
  const keep = ways.length > 0 ? ways.join(', or ') : `bring it back with .uid('${uid}')`
  const problem = `'${uid}' (${kind}) has state and is not in the graph${whyNotRenamed(uid, names)}: ${keep}, or give its state up with ${dropping(uid)}`
  return { ...self, fate: 'refused', problem }
}

function renaming(uid: string, { named, uid: heir }: DeclaredOperator): string {
  return named ? ` or upgrade: { rename: { '${uid}': '${heir}' } }` : ''
}

function dropping(uid: string): string {
  return `upgrade: { drop: ['${uid}'] }`
}

function compareInputs(before: GraphRecord, after: DeclaredGraph, names: Names): GraphChange[] {
  const { renamed, drop } = names
  const stored = new Map(Object.entries(before.inputs).map(([uid, kind]) => [renamed.get(uid) ?? uid, { uid, kind }]))
  const there = Object.entries(after.inputs).flatMap(([uid, kind]): GraphChange[] => {
    const was = stored.get(uid)
    const self = { part: 'input', uid, kind } as const
    if (was === undefined) return [{ ...self, fate: 'new' }]
    const problem = inputMisfit(was, { uid, kind })
    if (problem === undefined) return [{ ...self, fate: 'kept', ...(was.uid === uid ? {} : { renamedFrom: was.uid }) }]
    if (!drop.has(was.uid)) return [{ ...self, fate: 'refused', problem }]
    return [
      { ...self, ...was, fate: 'dropped' },
      { ...self, fate: 'new' },
    ]
  })
  const gone = [...stored].flatMap(([uid, was]): GraphChange[] => {
    if (Object.hasOwn(after.inputs, uid)) return []
    const self = { part: 'input', ...was } as const
    return [
      drop.has(was.uid) ? { ...self, fate: 'dropped' } : { ...self, fate: 'refused', problem: goneInput(was, names) },
    ]
  })
  return [...there, ...gone]
}

interface InputRecord {
  readonly uid: string
  readonly kind: string
}

function inputMisfit({ uid, kind }: InputRecord, now: InputRecord): string | undefined {
  if (uid !== now.uid && readsBlocks(kind)) {
    return `input stream '${uid}' may have been given records that no batch has read, which '${now.uid}' would not find: keep .uid('${uid}'), or stop the old code in order, which reads all of them, and then say ${dropping(uid)}`
  }
  if (kind === now.kind) return undefined
  return `input stream '${uid}' has a position in ${kind} and reads ${now.kind} now: give the new stream a uid of its own, and give the position up with ${dropping(uid)}`
}

function goneInput({ uid, kind }: InputRecord, names: Names): string {
  return `input stream '${uid}' (${kind}) has a position and is not in the graph${whyNotRenamed(uid, names)}: bring it back with .uid('${uid}'), name its heir with upgrade: { rename: { '${uid}': 'new-uid' } }, or give its position up with ${dropping(uid)}`
}

function compareOutputs(before: GraphRecord, after: DeclaredGraph): GraphChange[] {
  const there = after.outputs.map((uid) => ({ uid, fate: before.outputs.includes(uid) ? 'kept' : 'new' }) as const)
  const gone = before.outputs
    .filter((uid) => !after.outputs.includes(uid))
    .map((uid) => ({ uid, fate: 'gone' }) as const)
  return [...there, ...gone].map((output) => ({ part: 'output', kind: 'output', ...output }))
}

function versionOf({ stateVersion = 1 }: OperatorRecord): number {
  return stateVersion
}

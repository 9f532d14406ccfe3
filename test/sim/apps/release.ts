import type { Chance } from '../world/chance.ts'
import { type AppSpec, actsOutside, type NodeSpec, type OutputSpec, type WindowSpec } from './app-spec.ts'

/** What the state of a node, or its position, is stored under, and in which form. */
export interface NodeForm {
  readonly uid: string
  readonly version: number
}

/** One version of an application's code: what it does with streams, and what it says of the versions before it. */
export interface Release {
  readonly nodes: readonly NodeSpec[]
  /** By the place of the node. */
  readonly forms: readonly NodeForm[]
  readonly outputs: readonly OutputSpec[]
  readonly rename: Readonly<Record<string, string>>
  readonly drop: readonly string[]
  /** Whether it can make state of its version from that of earlier ones. */
  readonly migrates: boolean
  /** How many kinds of bad records its functions have learnt to take. */
  readonly mends: number
  /** By what functions that act outside multiply what they are given: by something else only where nobody deploys it. */
  readonly factor: number
}

/** The first version of an application. */
export function firstRelease({ nodes, outputs }: AppSpec): Release {
  return {
    nodes,
    forms: nodes.map((_, place) => ({ uid: `n${place}`, version: 1 })),
    outputs: outputs.filter(({ added }) => added !== true),
    // A mistake may have come first, when there was no state that it did not fit.
    rename: Object.fromEntries(nodes.map((_, place) => [lostUid(place), `n${place}`])),
    drop: [],
    migrates: true,
    mends: 0,
    factor: 1,
  }
}

/** What versions are drawn from. What `more` draws came later, and leaves the rest as it was. */
export interface Draws {
  readonly chance: Chance
  readonly more: Chance
  /** Whether a stream's name is taken by one of another kind of source. */
  readonly kinds: Chance
}

/** The node that a uid is of, in any version. */
export function placeOf(uid: string): number {
  return Number(/^n(\d+)/.exec(uid)?.[1])
}

/** Whether a version knows a node under this uid, as its own or as one of before. */
export function isKnownAs(uid: string, place: number, { forms, rename }: Release): boolean {
  const now = forms[place]?.uid
  return now === uid || now === rename[uid]
}

/** What a mistake calls a node. */
function lostUid(place: number): string {
  return `n${place}-lost`
}

/** Places of nodes that an output needs: only those take part in batches. */
export function livePlaces({ nodes, outputs }: AppSpec): ReadonlySet<number> {
  const live = new Set<number>()
  const visit = (place: number): void => {
    const node = nodes[place]
    if (node === undefined || live.has(place)) return
    live.add(place)
    for (const parent of parentsOf(node)) visit(parent)
  }
  for (const { from } of outputs) visit(from)
  return live
}

export function parentsOf(node: NodeSpec): readonly number[] {
  if ('left' in node) return [node.left, node.right]
  if ('from' in node) return [node.from]
  return node.op === 'snapshots' ? [node.of] : []
}

/** What keeps something from batch to batch under its own name. */
export const KEEPS = new Set<NodeSpec['op']>([
  'window',
  'reduce-window',
  'inverse-window',
  'update-state',
  'map-with-state',
])
const MIGRATES = new Set<NodeSpec['op']>(['update-state', 'map-with-state'])
export const READS = new Set<NodeSpec['op']>(['log', 'files', 'received', 'computed'])
const WINDOWS = new Set<NodeSpec['op']>(['window', 'reduce-window', 'inverse-window'])

/**
 * The next version, with up to three changes in it that a checkpoint can go on from. Where functions act on the world
 * outside, two versions may run one batch: there is no change then of what they are given.
 */
export function nextRelease(app: AppSpec, before: Release, draws: Draws): Release {
  const next = nextVersion(app, before, draws)
  const log = anyPlace(app, next, { chance: draws.kinds, isOne: (op) => op === 'log' })
  return log === undefined || actsOutside(app) || !draws.kinds.chance(0.3) ? next : ofAnotherSource(next, log)
}

/** A stream that keeps its name, and reads what to the checkpoint is another kind of source: its position is given up. */
function ofAnotherSource(before: Release, place: number): Release {
  const turned = (node: NodeSpec): NodeSpec => {
    if (node.op !== 'log') return node
    const { tape, ...rest } = node
    return tape ? rest : { ...rest, tape: true }
  }
  return {
    ...before,
    nodes: before.nodes.map((node, at) => (at === place ? turned(node) : node)),
    drop: [...new Set([...before.drop, ...namesOf(before, place)])],
  }
}

function nextVersion(app: AppSpec, before: Release, { chance, more }: Draws): Release {
  let next = changed(app, before, chance)
  if (chance.chance(0.3)) next = changed(app, next, chance)
  if (actsOutside(app) || !more.chance(0.5)) return next
  const again = underAnotherName(next)
  if (again !== undefined) return dropped(next, again)
  const windowed = anyPlace(app, next, { chance: more, isOne: (op) => WINDOWS.has(op) })
  if (windowed !== undefined && more.chance(0.6)) return rewindowed(next, windowed, more)
  const read = anyPlace(app, next, { chance: more, isOne: (op) => READS.has(op) })
  return read === undefined ? next : dropped(next, read)
}

/** A mistake: a version that a checkpoint must not go on from. */
export function misfit(app: AppSpec, before: Release, { chance, more }: Draws): Release {
  const places = [...livePlaces(app)]
  const windowed = anyPlace(app, before, { chance: more, isOne: (op) => WINDOWS.has(op) })
  if (!actsOutside(app) && windowed !== undefined && more.chance(0.7))
    return { ...withLength(before, windowed, lengthAt(before, windowed) + more.between(2, 3)), drop: [] }
  const migrating = places.filter((place) => MIGRATES.has(opAt(before, place)))
  if (!actsOutside(app) && migrating.length > 0 && chance.chance(0.5)) {
    const place = chance.pick(migrating)
    return { ...withForm(before, place, { version: formAt(before, place).version + 1 }), migrates: false, drop: [] }
  }
  const named = places.filter((place) => isNamed(opAt(before, place)))
  // A receiver keeps its name: what it was given lies below that.
  if (named.length === 0) return before
  const place = chance.pick(named)
  return { ...withForm(before, place, { uid: lostUid(place) }), rename: {}, drop: [] }
}

/** A version that goes on from whatever another has committed, a mistake included. What windows cannot be served is given up. */
export function reconciled(newest: Release, others: readonly Release[]): Release {
  const version = (place: number): number =>
    others.reduce((most, { forms }) => Math.max(most, forms[place]?.version ?? 1), 1)
  const windows = newest.nodes.flatMap(({ op }, place) => (WINDOWS.has(op) ? namesOf(newest, place) : []))
  return {
    ...newest,
    forms: newest.forms.map(({ uid }, place) => ({ uid, version: version(place) })),
    drop: [...newest.drop, ...windows],
  }
}

function changed(app: AppSpec, before: Release, chance: Chance): Release {
  const at = (isOne: (op: NodeSpec['op']) => boolean): number | undefined => anyPlace(app, before, { chance, isOne })
  const named = at(isNamed)
  const keeping = at((op) => KEEPS.has(op))
  const spread = at((op) => PARTITIONED.has(op))
  const migrating = at((op) => MIGRATES.has(op))
  const kind = chance.nextInt(6)
  if (kind === 0) return withOutputs(app, before)
  const isFree = !actsOutside(app)
  if (isFree && kind === 1 && keeping !== undefined) return dropped(before, keeping)
  if (isFree && kind <= 3 && spread !== undefined) return resharded(before, spread, chance.between(1, 4))
  if (isFree && kind === 4 && migrating !== undefined)
    return withForm(before, migrating, { version: formAt(before, migrating).version + 1 })
  if (isFree && kind === 5) return { ...before, mends: before.mends + 1 }
  return named === undefined ? before : renamed(before, named)
}

/** One of the live nodes that do what is asked for, if there are any. */
function anyPlace(
  app: AppSpec,
  release: Release,
  { chance, isOne }: { readonly chance: Chance; readonly isOne: (op: NodeSpec['op']) => boolean },
): number | undefined {
  const found = [...livePlaces(app)].filter((place) => isOne(opAt(release, place)))
  return found.length > 0 ? chance.pick(found) : undefined
}

const PARTITIONED = new Set<NodeSpec['op']>([
  'join',
  'reduce',
  'group',
  'reduce-window',
  'inverse-window',
  'update-state',
  'map-with-state',
])

function isNamed(op: NodeSpec['op']): boolean {
  return KEEPS.has(op) || (READS.has(op) && op !== 'received')
}

/** With the output that only some versions have, or without it. */
function withOutputs({ outputs }: AppSpec, before: Release): Release {
  const isThere = before.outputs.some(({ added }) => added === true)
  return { ...before, outputs: isThere ? before.outputs.filter(({ added }) => added !== true) : outputs }
}

function renamed(before: Release, place: number): Release {
  const { uid } = formAt(before, place)
  const to = neverUsed(before, `n${place}-r`)
  const heirs = Object.entries(before.rename).map(([from, heir]) => [from, heir === uid ? to : heir])
  return { ...withForm(before, place, { uid: to }), rename: { ...Object.fromEntries(heirs), [uid]: to } }
}

/** A stream that begins under its first name once more: what was stored under that, or is still said of it, must not count. */
function underAnotherName({ nodes, forms }: Release): number | undefined {
  const place = nodes.findIndex(({ op }, at) => READS.has(op) && forms[at]?.uid !== `n${at}`)
  return place < 0 ? undefined : place
}

/** Begins anew under the one of two names that it does not have now: so one comes back that was given up, or renamed, before. */
function dropped(before: Release, place: number): Release {
  const { uid } = formAt(before, place)
  const to = uid === `n${place}` ? otherUid(before, place) : `n${place}`
  const heirs = Object.entries(before.rename)
  const others = heirs.filter(([from, heir]) => heir !== uid && from !== to)
  const earlier = heirs.flatMap(([from, heir]) => (heir === uid && from !== to ? [from] : []))
  return {
    ...withForm(before, place, { uid: to }),
    rename: { ...Object.fromEntries(others), ...(to === lostUid(place) ? {} : { [lostUid(place)]: to }) },
    drop: [...new Set([...before.drop, uid, ...earlier])],
  }
}

/** Of a stream one that all versions before rename: what is planned under it must not be taken for theirs. */
function otherUid(before: Release, place: number): string {
  const op = opAt(before, place)
  return READS.has(op) && op !== 'received' ? lostUid(place) : `n${place}-x`
}

/** A name that no version has had: the drops and renames of the last one tell of all before. */
function neverUsed({ forms, rename, drop }: Release, prefix: string): string {
  const used = new Set([...forms.map(({ uid }) => uid), ...Object.keys(rename), ...drop])
  for (let number = Object.keys(rename).length; ; number++)
    if (!used.has(`${prefix}${number}`)) return `${prefix}${number}`
}

/** Another length that what is stored can serve, or, of a window that carries its result on or leaves batches out, perhaps not. */
function rewindowed(before: Release, place: number, chance: Chance): Release {
  const length = lengthAt(before, place)
  const drop = dropping(before, place)
  if (opAt(before, place) === 'inverse-window') return { ...withLength(before, place, (length % 4) + 1), drop }
  const next = withLength(before, place, chance.between(1, length + 1))
  return slideAt(before, place) === 1 ? next : { ...next, drop }
}

/** What has a dataset only where what it is made from has one. */
const DERIVED = new Set<NodeSpec['op']>(['map', 'rekey', 'filter', 'repeat', 'reduce', 'group'])

/**
 * A window that is looked at more seldom, or more often, than before. Only one of which nothing is made that remembers batches, or
 * that other streams take part in: those have one slide.
 */
export function withSlide(app: AppSpec, before: Release, chance: Chance): Release {
  const places = [...livePlaces(app)].filter((place) => WINDOWS.has(opAt(before, place)) && isApart(app, place))
  if (actsOutside(app) || places.length === 0) return before
  const place = chance.pick(places)
  const [length, last] = [lengthAt(before, place), slideAt(before, place)]
  const slide = chance.pick([1, 2, 3, length + 1].filter((other) => other !== last))
  const next = withWindow(before, place, { slide, length: last === 1 ? length : chance.between(1, length + 1) })
  const isKept = last === 1 && opAt(before, place) !== 'inverse-window'
  return isKept ? next : { ...next, drop: dropping(before, place) }
}

function isApart({ nodes, outputs }: Pick<AppSpec, 'nodes' | 'outputs'>, place: number): boolean {
  if (outputs.some(({ kind, from }) => kind === 'chain' && from === place)) return false
  return nodes.every(
    (node, at) => !parentsOf(node).includes(place) || (DERIVED.has(node.op) && isApart({ nodes, outputs }, at)),
  )
}

/** What a version gives up that has no use for what is stored of a node. */
function dropping(before: Release, place: number): string[] {
  return [...new Set([...before.drop, ...namesOf(before, place)])]
}

/** What a node is stored under, or was by some version before. */
function namesOf(release: Release, place: number): string[] {
  const { uid } = formAt(release, place)
  return [uid, ...Object.entries(release.rename).flatMap(([from, heir]) => (heir === uid ? [from] : []))]
}

function lengthAt({ nodes }: Release, place: number): number {
  const node = nodes[place]
  return node !== undefined && 'length' in node ? node.length : 0
}

function slideAt({ nodes }: Release, place: number): number {
  const node = nodes[place]
  return node !== undefined && 'length' in node ? (node.slide ?? 1) : 1
}

function withLength(before: Release, place: number, length: number): Release {
  return withWindow(before, place, { length })
}

function withWindow(before: Release, place: number, window: Partial<WindowSpec>): Release {
  return { ...before, nodes: before.nodes.map((node, at) => (at === place ? { ...node, ...window } : node)) }
}

function resharded(before: Release, place: number, partitions: number): Release {
  const nodes = before.nodes.map((node, at) => {
    const isHere = at === place || (node.op === 'snapshots' && node.of === place)
    return isHere && 'partitions' in node ? { ...node, partitions } : node
  })
  return { ...before, nodes }
}

function withForm(release: Release, place: number, form: Partial<NodeForm>): Release {
  return { ...release, forms: release.forms.map((known, at) => (at === place ? { ...known, ...form } : known)) }
}

function formAt({ forms }: Release, place: number): NodeForm {
  return forms[place] as NodeForm
}

function opAt({ nodes }: Release, place: number): NodeSpec['op'] {
  return (nodes[place] as NodeSpec).op
}

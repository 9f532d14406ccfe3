import type { Head } from '../../../src/checkpoint/head.ts'
import type { ObjectRef } from '../../../src/checkpoint/stored.ts'

/** What the head names, record by record. History below the boundary has been given up. */
export function refsOfHead({
  planned,
  committed,
  history,
  pins,
  boundary,
  deadLetters,
}: Head): (readonly ObjectRef[])[] {
  return [
    ...[planned?.plan, committed?.manifest, ...pins, deadLetters].map(refsIn),
    ...[history.segment, ...history.recent].map((past) => refsFrom(past, boundary)),
  ]
}

/** All references in a record, wherever they are. */
export function refsIn(record: object | undefined): readonly ObjectRef[] {
  return record === undefined ? NO_REFS : namedIn(record).refs
}

/** Those to objects of this token and later ones. */
function refsFrom(record: object | undefined, boundary: number): readonly ObjectRef[] {
  if (record === undefined) return NO_REFS
  const named = namedIn(record)
  named.oldest ??= Math.min(...named.refs.map(({ key }) => tokenOf(key)))
  return named.oldest >= boundary ? named.refs : named.refs.filter(({ key }) => tokenOf(key) >= boundary)
}

interface Named {
  readonly refs: readonly ObjectRef[]
  /** The lowest token of theirs, once somebody has asked; not a number if one has none. */
  oldest?: number
}

const NO_REFS: readonly ObjectRef[] = []
const known = new WeakMap<object, Named>()

/** Records do not change, and most stay in the head for long. */
function namedIn(record: object): Named {
  const before = known.get(record)
  if (before !== undefined) return before
  const refs: ObjectRef[] = []
  addRefs(record, refs)
  const named = { refs }
  known.set(record, named)
  return named
}

function addRefs(record: object, refs: ObjectRef[]): void {
  if (Array.isArray(record)) for (const value of record) addRefsOf(value, refs)
  else if ('key' in record && 'crc32c' in record) refs.push(record as ObjectRef)
  else for (const name in record) addRefsOf((record as Readonly<Record<string, unknown>>)[name], refs)
}

function addRefsOf(value: unknown, refs: ObjectRef[]): void {
  if (typeof value === 'object' && value !== null) addRefs(value, refs)
}

function tokenOf(key: string): number {
  return Number(/\/t(\d+)\//.exec(key)?.[1])
}

import { ownValue } from '../util/own-value.ts'
import type { Token } from './attempt.ts'
import { consumedBy, isConsumed } from './consumed-blocks.ts'
import type { Manifest } from './manifest.ts'
import { attemptOf, blockName, COMPUTED, streamOfBlock } from './names.ts'
import type { ObjectRef } from './stored.ts'

/** What must stay, by name. */
export interface Needed {
  /** Of the head, when the boundary was in it. */
  readonly token: Token
  readonly objects: ReadonlySet<string>
}

/**
 * Whether nothing needs an object that an attempt wrote, or ever will. What carries the token of the head may be of an attempt
 * that commits yet (`gc-spares-current-token`); whoever has a lower one is fenced and never names it.
 *
 *     I: stages N under t | collector: no manifest names it | I: commits N
 */
export function isGarbage({ token, objects }: Needed, key: string): boolean {
  const attempt = attemptOf(key)
  return attempt !== undefined && attempt.token < token && !objects.has(key)
}

/** Whether a received block has been read by a committed batch, and by none that could be replayed. */
export function isReadBlock(
  { objects }: Needed,
  { positions, marks }: Pick<Manifest, 'positions' | 'marks'>,
  key: string,
): boolean {
  const [stream, block] = [streamOfBlock(key), blockName(key)]
  if (stream === undefined || block === undefined || objects.has(key)) return false
  return isConsumed(consumedBy(ownValue(positions, stream)), block) || isConsumed(ownValue(marks, stream) ?? {}, block)
}

/**
 * Whether a block was computed for a plan of a stream that is no longer there, and no batch that is kept has read it: of a plan
 * that is not in the head it is read by nobody, as each cut stores blocks of its own.
 */
export function isLeftComputed(
  { objects }: Pick<Needed, 'objects'>,
  { graph, otherInputs }: Pick<Manifest, 'graph' | 'otherInputs'>,
  key: string,
): boolean {
  const stream = streamOfBlock(key)
  if (graph === undefined || stream === undefined || objects.has(key)) return false
  const kind = ownValue(graph.inputs, stream) ?? ownValue(otherInputs, stream)
  return kind !== 'computed' && blockName(key)?.session.startsWith(COMPUTED) === true
}

/**
 * The objects that a record names, wherever in it: a field that comes to name objects later is not forgotten here
 * (`gc-spares-base`, `gc-spares-unpublished`).
 */
export function objectsNamedIn(record: unknown): readonly ObjectRef[] {
  const found: ObjectRef[] = []
  addNamed(record, found)
  return found
}

/** Into one list, without generators: collection goes through every value of every manifest that is retained. */
function addNamed(record: unknown, found: ObjectRef[]): void {
  if (typeof record !== 'object' || record === null) return
  if (isObjectRef(record)) found.push(record)
  else for (const value of Object.values(record)) addNamed(value, found)
}

export function isObjectRef(record: object): record is ObjectRef {
  return 'key' in record && 'crc32c' in record && typeof record.key === 'string' && typeof record.crc32c === 'string'
}

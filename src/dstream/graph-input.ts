import type { SourceDescriptor } from '../ports/source.ts'
import { SluiceError } from '../util/errors.ts'
import type { StreamId } from './stream-ids.ts'
import type { StreamNode } from './stream-node.ts'

/** An input stream of a graph. */
export interface GraphInput {
  /** Stable; what plans and positions are filed under. */
  readonly uid: string
  /** Its place among all input streams that were declared, from 0: what listeners know it by. */
  readonly streamId: number
  readonly descriptor: SourceDescriptor
  /** How many jobs of a batch read it, as far as the graph can say. */
  readonly readers: number
}

/** Where the numbers of jobs and the names of the streams are known. */
export interface InputFacts {
  readonly ids: ReadonlyMap<StreamNode<unknown>, StreamId>
  readonly readers: ReadonlyMap<StreamNode<unknown>, number>
}

/** Those that some output needs. Numbered as declared: also an input that none needs has its number. */
export function graphInputs(declared: Iterable<StreamNode<unknown>>, { ids, readers }: InputFacts): GraphInput[] {
  return sourcesOf(declared).flatMap((node, streamId) => {
    const uid = ids.get(node)?.id
    return node.source && uid !== undefined
      ? [{ uid, streamId, descriptor: node.source, readers: readers.get(node) ?? 0 }]
      : []
  })
}

/** What `GraphInput.streamId` says of a stream, whether an output needs it or not. */
export function streamIdOf(node: StreamNode<unknown>, declared: Iterable<StreamNode<unknown>>): number {
  return sourcesOf(declared).indexOf(node)
}

/** The input of this id; refuses others with code `unknown-input`. */
export function inputOf(inputs: readonly GraphInput[], uid: string): GraphInput {
  const found = inputs.find((input) => input.uid === uid)
  if (found) return found
  const known = inputs.map((input) => input.uid).join(', ')
  throw new SluiceError({
    code: 'unknown-input',
    kind: 'invalid',
    message: `The graph has no input stream of this id; it has ${known || 'none'}: ${uid}`,
  })
}

/** What a receiver stores is its one stream's; Spark, which copies receivers, would run two. */
export function refuseSharedReceivers(inputs: readonly GraphInput[]): void {
  const streams = new Map<unknown, string>()
  for (const { uid, descriptor } of inputs) {
    const { receiver } = descriptor.options
    if (receiver === undefined) continue
    const other = streams.get(receiver)
    if (other !== undefined) throw sharedReceiver(other, uid)
    streams.set(receiver, uid)
  }
}

function sharedReceiver(one: string, other: string): SluiceError {
  return new SluiceError({
    code: 'shared-receiver',
    kind: 'invalid',
    message: `A receiver feeds one stream; give each stream an instance of its own, or read one stream twice: ${one}, ${other}`,
  })
}

function sourcesOf(declared: Iterable<StreamNode<unknown>>): StreamNode<unknown>[] {
  return [...declared].filter(({ source }) => source !== undefined)
}

import type { Graph } from '../dstream/graph.ts'
import type { GraphInput } from '../dstream/graph-input.ts'
import type { KinesisRecord } from '../dstream/sources/kinesis-stream.ts'
import type { Source, SourceDescriptor } from '../ports/source.ts'
import { SluiceError } from '../util/errors.ts'
import { type Batch, BatchSource } from './batch-source.ts'

/** Batches by what names an input stream: its uid, or the directory, stream, address … that it reads. */
export type GivenInputs = Readonly<Record<string, readonly Batch<unknown>[]>>

/**
 * What each input stream of a graph is given, by uid; streams that nobody names keep their own source. Refuses names that
 * no stream has with code `unknown-input`: a test that feeds nothing passes for the wrong reason.
 */
export function givenInputs(graph: Graph, inputs: GivenInputs): ReadonlyMap<string, readonly Batch<unknown>[]> {
  const used = new Set<string>()
  const given = graph.inputs.flatMap((input) => {
    const name = Object.keys(inputs).find((name) => namesOf(input).includes(name))
    if (name === undefined) return []
    used.add(name)
    return [[input.uid, inputs[name] ?? []] as const]
  })
  const unknown = Object.keys(inputs).filter((name) => !used.has(name))
  if (unknown.length === 0) return new Map(given)
  throw new SluiceError({
    code: 'unknown-input',
    kind: 'invalid',
    message: `The application has no input stream of this name; it has ${graph.inputs.map(shown).join(', ') || 'none'}: ${unknown.join(', ')}`,
  })
}

/** Opens what stands in for the stream's own source. */
export function openGiven(
  descriptor: SourceDescriptor,
  batches: readonly Batch<unknown>[],
  partitions: number,
): Source {
  const decode = descriptor.kind === 'kinesis' ? kinesisDecoder(descriptor) : undefined
  return new BatchSource({ batches, partitions, ...(decode === undefined ? {} : { decode }) })
}

function namesOf({ uid, descriptor: { options } }: GraphInput): readonly string[] {
  const texts = Object.values(options).filter((value) => typeof value === 'string')
  const { host, port } = options
  return [uid, ...texts, ...(host === undefined ? [] : [`${String(host)}:${String(port)}`])]
}

function shown(input: GraphInput): string {
  return namesOf(input).slice(0, 2).join(' or ')
}

/** Text and bytes become records, as if they had come through the stream; the application's own `decode` makes elements. */
function kinesisDecoder({ options: { decode } }: SourceDescriptor): (given: unknown) => unknown {
  return (given) => {
    const record = kinesisRecord(given)
    return typeof decode === 'function' ? decode(record) : record.data
  }
}

function kinesisRecord(given: unknown): KinesisRecord {
  const whole = typeof given === 'object' && given !== null && 'data' in given
  const { data, ...rest } = whole ? (given as Partial<KinesisRecord>) : { data: given }
  return {
    partitionKey: '',
    sequenceNumber: '0',
    approximateArrivalTimestamp: 0,
    shardId: 'shardId-000000000000',
    ...rest,
    data: data instanceof Uint8Array ? data : new TextEncoder().encode(String(data)),
  }
}

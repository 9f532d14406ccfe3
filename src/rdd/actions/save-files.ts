import type { ObjectStore } from '../../ports/object-store.ts'
import { SluiceError } from '../../util/errors.ts'
import { pour } from '../../util/pour.ts'
import { chunksOf } from '../chunks.ts'
import { type OutputFormat, openPart } from '../formats/output-format.ts'
import type { RunJob } from '../job.ts'
import type { Node, Task } from '../node.ts'

export interface SaveRequest<T> {
  /** Where the files go. */
  readonly directory: ObjectStore
  readonly format: OutputFormat<T>
  readonly run: RunJob
  /** Whether to refuse a directory that holds anything. */
  readonly validateOutputSpecs: boolean
}

/** Spark's file that says that all others are there. */
const SUCCESS = '_SUCCESS'

/** One file for each partition that has elements, then `_SUCCESS`. */
export async function saveFiles<T>(node: Node<T>, request: SaveRequest<T>): Promise<void> {
  const { directory, run, validateOutputSpecs } = request
  if (validateOutputSpecs) await requireEmpty(directory)
  // What is written again must not look whole meanwhile.
  else await directory.delete([SUCCESS])
  const shapes = await run({ node, task: (partition, task) => savePart(node, request, { partition, task }) })
  requireOneShape(shapes, directory)
  await directory.put(SUCCESS, new Uint8Array(0))
}

async function savePart<T>(
  node: Node<T>,
  { directory, format }: SaveRequest<T>,
  { partition, task }: { readonly partition: number; readonly task: Task },
): Promise<string | undefined> {
  const extension = format.extension === undefined ? '' : `.${format.extension}`
  const name = `part-${String(partition).padStart(5, '0')}${extension}`
  const part = openPart(format, { partition, identity: `${directory.url}/${name}` })
  const text = new TextEncoder()
  const bytes = (piece: Uint8Array | string): Uint8Array => (typeof piece === 'string' ? text.encode(piece) : piece)
  const chunks = chunksOf(node, partition, task)
  const first = await chunks.next()
  if (first.done === true) return undefined
  async function* encoded(): AsyncGenerator<Uint8Array> {
    yield bytes(part.encode(first.value as readonly T[]))
    for await (const chunk of chunks) yield bytes(part.encode(chunk))
    if (part.end) yield bytes(part.end())
  }
  await pour(encoded(), directory.upload(name))
  return part.shape
}

async function requireEmpty(directory: ObjectStore): Promise<void> {
  for await (const page of directory.list('')) if (page.length > 0) throw outputExists(directory)
}

/** Types that come from each file's first element may differ where the files must not. */
function requireOneShape(shapes: readonly (string | undefined)[], { url }: ObjectStore): void {
  const different = [...new Set(shapes)].filter((shape) => shape !== undefined)
  if (different.length <= 1) return
  throw new SluiceError({
    code: 'mixed-types',
    kind: 'data',
    message: `The files of one directory would have different types; choose the types of keys and values: ${different.join(' and ')} in ${url}`,
  })
}

/** Spark's error. */
function outputExists({ url }: ObjectStore): SluiceError {
  return new SluiceError({
    code: 'output-exists',
    kind: 'invalid',
    message: `Output directory ${url} already exists; choose another, or remove it first`,
  })
}

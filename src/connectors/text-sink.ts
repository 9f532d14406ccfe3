import type { StagedFile, StagedOutput } from '../checkpoint/manifest.ts'
import type { Storage } from '../ports/object-store.ts'
import type { OutputJob, PublishContext, Sink, SinkOpener, Staging } from '../ports/sink.ts'
import { SluiceError } from '../util/errors.ts'
import { elementText } from '../util/text.ts'
import { batchDirectory, partName } from './output-files/batch-directory.ts'
import { inParallel } from './output-files/in-parallel.ts'
import { existingFiles, refuseForeignFiles } from './output-files/occupied.ts'
import { PartWriter } from './output-files/part-writer.ts'
import { publishFiles } from './output-files/publish-files.ts'

const KIND = 'text'
const WIDTH = 8

/**
 * Opens what `saveAsTextFiles` writes: a directory `prefix-TIME_MS[.suffix]` a batch, one file a partition that has
 * elements, one line an element.
 */
export function textSinkOpener(storage: Storage): SinkOpener {
  return ({ options }) => {
    const { prefix = '', suffix = '' } = options
    if (typeof prefix !== 'string') throw badOption('prefix', prefix)
    if (typeof suffix !== 'string') throw badOption('suffix', suffix)
    return new TextSink({ prefix, suffix }, storage)
  }
}

class TextSink implements Sink {
  readonly #name: { readonly prefix: string; readonly suffix: string }
  readonly #storage: Storage

  constructor(name: { readonly prefix: string; readonly suffix: string }, storage: Storage) {
    this.#name = name
    this.#storage = storage
  }

  async stage(job: OutputJob): Promise<StagedOutput | undefined> {
    const destination = batchDirectory(this.#name, job.attempt.batchTime)
    const directory = this.#storage.open(destination)
    const run = job.run((partition, chunks) => stagePart(job, partition, chunks))
    // Beside the run, so that looking adds no round trip; both have ended when either failure is told.
    const [parts, existing] = await Promise.allSettled([run, job.replay ? [] : existingFiles(directory)])
    if (parts.status === 'rejected') throw parts.reason
    if (existing.status === 'rejected') throw existing.reason
    const made = parts.value.filter((part) => part !== undefined)
    if (made.length === 0) return undefined
    const files = await withinInlineBytes(made, job)
    await refuseForeignFiles(existing.value, files, directory)
    return { output: job.output, kind: KIND, destination, files }
  }

  publish(staged: StagedOutput, context: PublishContext): Promise<void> {
    return publishFiles(staged, this.#storage, context)
  }
}

async function stagePart(
  { output, staging, signal }: OutputJob,
  partition: number,
  chunks: AsyncIterable<readonly unknown[]>,
): Promise<StagedFile | undefined> {
  const name = partName(partition)
  const { store, inlineBytes } = staging
  const writer = new PartWriter({ store, key: staging.key(output, name), name, inlineBytes })
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted()
      if (chunk.length > 0) await writer.write(linesOf(chunk))
    }
    return await writer.close()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

function linesOf(elements: readonly unknown[]): string {
  let text = ''
  for (const element of elements) text += `${elementText(element)}\n`
  return text
}

/** Parts are kept one by one while each is small; together they may still be more than a manifest should carry. */
async function withinInlineBytes(files: readonly StagedFile[], { output, staging }: OutputJob): Promise<StagedFile[]> {
  const inline = files.filter(({ at }) => at.kind === 'text')
  const total = inline.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (total <= staging.inlineBytes) return [...files]
  await inParallel(WIDTH, inline, async (file) => {
    const text = file.at.kind === 'text' ? file.at.text : ''
    await staging.store.put(staging.key(output, file.name), new TextEncoder().encode(text))
  })
  return files.map((file) => (file.at.kind === 'text' ? inObject(file, output, staging) : file))
}

function inObject({ name, sizeBytes, crc32c }: StagedFile, output: string, staging: Staging): StagedFile {
  const ref = { key: staging.key(output, name), sizeBytes, crc32c }
  return { name, sizeBytes, crc32c, at: { kind: 'object', ref } }
}

function badOption(name: string, got: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The ${name} of saveAsTextFiles must be a string: ${String(got)}`,
  })
}

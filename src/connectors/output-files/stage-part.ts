import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { OutputJob } from '../../ports/sink.ts'
import { type FilePart, type OutputFormat, openPart, type PartEncoder } from '../../rdd/formats/output-format.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { partName } from './batch-directory.ts'
import { PartWriter } from './part-writer.ts'

/** What one partition's task left behind. */
export interface StagedPart {
  readonly file: StagedFile
  /** What it must have in common with its neighbours, as its encoder says. */
  readonly shape: string | undefined
}

/** Encodes a partition into one staged file; `undefined` if it has no elements, or they no bytes. */
export async function stagePart(
  job: OutputJob,
  format: OutputFormat<unknown>,
  { partition, chunks }: { readonly partition: number; readonly chunks: AsyncIterable<readonly unknown[]> },
): Promise<StagedPart | undefined> {
  const { staging, output, signal } = job
  const name = partName(partition, format.extension)
  const { store, inlineBytes } = staging
  const writer = new PartWriter({ store, key: staging.key(output, name), name, inlineBytes })
  let encoder: PartEncoder<unknown> | undefined
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted()
      if (chunk.length === 0) continue
      const open = encoder ?? located(job, partition, () => openPart(format, partOf(job, partition)))
      encoder = open
      await writer.write(located(job, partition, () => open.encode(chunk)))
    }
    await writer.write(located(job, partition, () => encoder?.end?.() ?? ''))
    const file = await writer.close()
    return file && { file, shape: encoder?.shape }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** Without the token: each attempt at a batch, and each replay, makes the same bytes. */
function partOf({ attempt, output }: OutputJob, partition: number): FilePart {
  return { partition, identity: `${attempt.incarnation}/${attempt.batchTime}/${output}/${partition}` }
}

function located<R>({ output }: OutputJob, partition: number, encode: () => R): R {
  try {
    return encode()
  } catch (cause) {
    const { code, kind } = cause instanceof SluiceError ? cause : { code: 'encode-failed', kind: 'data' as const }
    const message = `The output ${output} cannot write an element of partition ${partition}: ${messageOf(cause)}`
    throw new SluiceError({ code, kind, message, cause })
  }
}

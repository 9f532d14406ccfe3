import { type FilesLayout, isRolling } from '../../dstream/outputs/files-layout.ts'
import type { OutputJob } from '../../ports/sink.ts'
import { type OutputFormat, openPart, type PartEncoder } from '../../rdd/formats/output-format.ts'
import { type Awaitable, andThen } from '../../util/awaitable.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { MAX_PARTS, type PartId, partName } from './batch-directory.ts'
import { OpenPart, type StagedPart } from './open-part.ts'

/** What an output's files are like. */
export interface FilesForm {
  readonly format: OutputFormat<unknown>
  readonly layout: FilesLayout
}

export interface Elements {
  readonly partition: number
  readonly chunks: AsyncIterable<readonly unknown[]>
}

/** Encodes a partition into staged files, each as long as the layout allows; none if it has no elements, or they no bytes. */
export async function stagePartition(job: OutputJob, form: FilesForm, elements: Elements): Promise<StagedPart[]> {
  const { partition, chunks } = elements
  const parts: StagedPart[] = []
  let keptBytes = 0
  let open: OpenPart | undefined
  const close = (): Awaitable<void> =>
    andThen(open?.close(), (made) => {
      open = undefined
      if (made === undefined) return
      parts.push(made)
      if (made.file.at.kind !== 'object') keptBytes += made.file.sizeBytes
    })
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        // A chunk may be thousands of files.
        job.signal.throwIfAborted()
        open ??= beginPart(job, form, { partition, made: parts.length, keptBytes })
        at += await open.take(chunk, at)
        if (open.isFull) await close()
      }
    }
    await close()
    return parts
  } catch (error) {
    await open?.abort()
    throw error
  }
}

function beginPart(
  job: OutputJob,
  { format, layout }: FilesForm,
  { partition, made, keptBytes }: { readonly partition: number; readonly made: number; readonly keptBytes: number },
): OpenPart {
  const { staging, output } = job
  const id: PartId = { partition, number: isRolling(layout) ? made : undefined }
  if (made >= MAX_PARTS) throw tooManyParts(output, partition)
  const name = partName(id, format.extension)
  // A partition of many small files keeps no more in memory than one of a single file does.
  const inlineBytes = Math.max(0, staging.inlineBytes - keptBytes)
  const writer = { store: staging.store, key: () => staging.key(output, name), name, inlineBytes }
  const encoder = guarded(job, partition, () => openPart(format, { partition, identity: identityOf(job, id) }))
  return new OpenPart({ encoder, layout, writer })
}

/** Without the token: each attempt at a batch, and each replay, makes the same bytes. */
function identityOf({ attempt, output }: OutputJob, { partition, number }: PartId): string {
  const parts = [attempt.incarnation, attempt.batchTime, output, partition, ...(number === undefined ? [] : [number])]
  return parts.join('/')
}

/** What fails in the encoder is told with the output and the partition, and not as a failure of the store. */
function guarded({ output }: OutputJob, partition: number, open: () => PartEncoder<unknown>): PartEncoder<unknown> {
  const located = <R>(encode: () => R): R => {
    try {
      return encode()
    } catch (cause) {
      const { code, kind } = cause instanceof SluiceError ? cause : { code: 'encode-failed', kind: 'data' as const }
      const message = `The output ${output} cannot write an element of partition ${partition}: ${messageOf(cause)}`
      throw new SluiceError({ code, kind, message, cause })
    }
  }
  const encoder = located(open)
  return {
    encode: (elements) => located(() => encoder.encode(elements)),
    end: () => located(() => encoder.end?.() ?? ''),
    get keptBytes() {
      return encoder.keptBytes
    },
    get shape() {
      return encoder.shape
    },
  }
}

function tooManyParts(output: string, partition: number): SluiceError {
  return new SluiceError({
    code: 'too-many-parts',
    kind: 'data',
    message: `A partition is written to ${MAX_PARTS} files at most; raise maxPartBytes or maxPartRecords: partition ${partition} of ${output}`,
  })
}

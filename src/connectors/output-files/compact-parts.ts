import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { FilesLayout } from '../../dstream/outputs/files-layout.ts'
import type { OutputJob, Staging } from '../../ports/sink.ts'
import { joinOf } from '../../rdd/formats/output-format.ts'
import { assert } from '../../util/assert.ts'
import { SluiceError } from '../../util/errors.ts'
import { inParallel } from './in-parallel.ts'
import type { StagedPart } from './open-part.ts'
import { PartWriter } from './part-writer.ts'
import type { FilesForm } from './stage-partition.ts'
import { inlineBytes, objectBytes } from './staged-bytes.ts'

/**
 * Joins neighbouring small files, from their staged bytes and before the commit: the manifest names what readers will see,
 * and nothing that was published is ever joined or deleted (rule `finals-never-deleted`). What was joined stays behind as
 * garbage of this attempt.
 */
export async function compactParts(
  parts: readonly StagedPart[],
  form: FilesForm,
  job: OutputJob,
): Promise<readonly StagedPart[]> {
  const groups = groupsOf(parts, form.layout)
  const made: (readonly StagedPart[])[] = [...groups]
  await inParallel([...groups.entries()], async ([index, group]) => {
    if (group.length > 1) made[index] = [await joinParts(group, form, job)]
  })
  return made.flat()
}

/** In order, as a file of several partitions has their elements in the order of the partitions. */
function groupsOf(parts: readonly StagedPart[], layout: FilesLayout): readonly (readonly StagedPart[])[] {
  const groups: StagedPart[][] = []
  let [bytes, records] = [0, 0]
  for (const part of parts) {
    const group = groups.at(-1)
    bytes += part.file.sizeBytes
    records += part.records
    if (group !== undefined && bytes <= layout.compactBytes && records <= layout.maxPartRecords) {
      group.push(part)
    } else {
      groups.push([part])
      bytes = part.file.sizeBytes
      records = part.records
    }
  }
  return groups
}

async function joinParts(group: readonly StagedPart[], { format }: FilesForm, job: OutputJob): Promise<StagedPart> {
  const { staging, output, signal } = job
  const join = joinOf(format)
  const [first] = group
  assert(join !== undefined && first !== undefined, `files of ${output} that cannot be joined`)
  const { name } = first.file
  const isText = group.every(({ file }) => file.at.kind === 'text')
  // Not the name of the first of them: one name has one content.
  const key = () => staging.key(output, `joined-${name}`)
  const writer = new PartWriter({ store: staging.store, key, name, inlineBytes: staging.inlineBytes, isText })
  try {
    for await (const chunk of join(group.map(({ file }) => bytesOf(file, staging)))) {
      signal.throwIfAborted()
      await writer.write(chunk)
    }
    const file = await writer.close()
    assert(file !== undefined, `files of ${output} joined to nothing`)
    return { file, shape: first.shape, records: group.reduce((sum, part) => sum + part.records, 0) }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** Opened when it is read: the others of its group wait without a connection. */
async function* bytesOf(file: StagedFile, { store }: Staging): AsyncGenerator<Uint8Array> {
  const inline = inlineBytes(file)
  if (inline !== undefined) yield inline
  if (file.at.kind !== 'object') return
  try {
    yield* objectBytes(file, store, file.at.ref.key)
  } catch (error) {
    throw error instanceof SluiceError && error.code === 'staged-damaged' ? notReadBack(file, error) : error
  }
}

/** Nothing is committed yet: another attempt makes the file anew. */
function notReadBack({ name }: StagedFile, cause: SluiceError): SluiceError {
  return new SluiceError({
    code: 'staged-not-read-back',
    kind: 'retryable',
    message: `A file that was to be joined with others did not come back as it was staged; the batch is tried again: ${name}`,
    cause,
  })
}

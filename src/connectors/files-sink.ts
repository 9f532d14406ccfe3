import type { BatchTime } from '../checkpoint/attempt.ts'
import type { StagedFile, StagedOutput } from '../checkpoint/manifest.ts'
import { type FilesLayout, ONE_FILE_A_PARTITION } from '../dstream/outputs/files-layout.ts'
import type { ObjectInfo, Storage } from '../ports/object-store.ts'
import type {
  AuditContext,
  Closing,
  OutputFault,
  OutputJob,
  PlacedBatch,
  PublishContext,
  Sink,
  SinkOpener,
  Staging,
} from '../ports/sink.ts'
import { checkFormat, type OutputFormat } from '../rdd/formats/output-format.ts'
import { textFormat } from '../rdd/formats/text-format.ts'
import { SluiceError } from '../util/errors.ts'
import { auditFiles } from './output-files/audit-files.ts'
import { batchDirectory, type DirectoryName } from './output-files/batch-directory.ts'
import { compactParts } from './output-files/compact-parts.ts'
import { inParallel } from './output-files/in-parallel.ts'
import { existingFiles, refuseForeignFiles } from './output-files/occupied.ts'
import type { StagedPart } from './output-files/open-part.ts'
import { partSizes } from './output-files/part-sizes.ts'
import { publishFiles } from './output-files/publish-files.ts'
import { type FilesForm, stagePartition } from './output-files/stage-partition.ts'
import { inlineBytes } from './output-files/staged-bytes.ts'
import { strayDirectories } from './output-files/stray-directories.ts'
import { successFile } from './output-files/success-file.ts'

const KIND = 'files'

/** What is none of these depends on the working directory, and whoever publishes may have another than whoever has staged. */
const ABSOLUTE = /^([/\\]|[A-Za-z][A-Za-z0-9+.-]*:)/

/**
 * Opens what `saveAsTextFiles` and its like write: a directory `prefix-TIME_MS[.suffix]` a batch, one file a partition
 * that has elements, in the format of the descriptor, lines of text by default.
 */
export function filesSinkOpener(storage: Storage): SinkOpener {
  return ({ options }) => {
    const { prefix = '', suffix = '', format = textFormat, layout = ONE_FILE_A_PARTITION } = options
    if (typeof prefix !== 'string') throw badOption('prefix', prefix)
    if (typeof suffix !== 'string') throw badOption('suffix', suffix)
    const name = { prefix, suffix }
    // Refuses a place that nothing here opens before there is a batch to write; who only publishes names none.
    if (options.prefix !== undefined) storage.open(batchDirectory(name, 0))
    const form = { format: checkFormat(format as OutputFormat<unknown>), layout: layout as FilesLayout }
    return new FilesSink(name, form, storage)
  }
}

class FilesSink implements Sink {
  readonly #name: DirectoryName
  readonly #form: FilesForm
  readonly #storage: Storage
  readonly closing: Closing

  constructor(name: DirectoryName, form: FilesForm, storage: Storage) {
    this.#name = name
    this.#form = form
    this.#storage = storage
    this.closing = successFile(storage)
  }

  place(batchTime: BatchTime): string {
    return this.#storage.open(batchDirectory(this.#name, batchTime)).url
  }

  existing(batchTime: BatchTime): Promise<readonly ObjectInfo[]> {
    return existingFiles(this.#storage.open(batchDirectory(this.#name, batchTime)))
  }

  async stage(job: OutputJob): Promise<StagedOutput | undefined> {
    const { batchTime } = job.attempt
    const named = batchDirectory(this.#name, batchTime)
    const directory = this.#storage.open(named)
    const destination = ABSOLUTE.test(named) ? named : directory.url
    const run = job.run((partition, chunks) => stagePartition(job, this.#form, { partition, chunks }))
    // Beside the run, unless it was done before, so that looking adds no round trip; both have ended when either failure is told.
    const look = job.replay ? [] : (job.existing ?? this.existing(batchTime))
    const [parts, existing] = await Promise.allSettled([run, look])
    if (parts.status === 'rejected') throw parts.reason
    if (existing.status === 'rejected') throw existing.reason
    const made = parts.value.flat()
    if (made.length === 0) {
      // A directory that another run has filled would be taken for this batch's (`final-names-per-incarnation`).
      await refuseForeignFiles(existing.value, [], directory)
      return undefined
    }
    requireOneShape(made, job)
    const compacted = this.#form.layout.compactBytes > 0 ? await compactParts(made, this.#form, job) : made
    const files = await withinInlineBytes(
      compacted.map(({ file }) => file),
      job,
    )
    await refuseForeignFiles(existing.value, files, directory)
    const sizes = partSizes(files)
    return { output: job.output, kind: KIND, destination, files, ...(sizes === undefined ? {} : { partSizes: sizes }) }
  }

  publish(staged: StagedOutput, context: PublishContext): Promise<void> {
    return publishFiles(staged, this.#storage, context)
  }

  audit(staged: StagedOutput, context: AuditContext): Promise<readonly OutputFault[]> {
    return auditFiles(staged, this.#storage, context)
  }

  strays(published: readonly PlacedBatch[], { signal }: AuditContext): Promise<readonly PlacedBatch[]> {
    return strayDirectories(this.#name, this.#storage, { published, signal })
  }
}

/** Parts are kept one by one while each is small; together they may still be more than a manifest should carry. */
async function withinInlineBytes(files: readonly StagedFile[], { output, staging }: OutputJob): Promise<StagedFile[]> {
  const inline = files.filter(({ at }) => at.kind !== 'object')
  const total = inline.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (total <= staging.inlineBytes) return [...files]
  await inParallel(inline, async (file) => {
    await staging.store.put(keptKey(file, output, staging), inlineBytes(file) ?? new Uint8Array(0))
  })
  return files.map((file) => (file.at.kind === 'object' ? file : inObject(file, output, staging)))
}

function inObject(file: StagedFile, output: string, staging: Staging): StagedFile {
  const { name, sizeBytes, crc32c } = file
  const ref = { key: keptKey(file, output, staging), sizeBytes, crc32c }
  return { name, sizeBytes, crc32c, at: { kind: 'object', ref } }
}

/** Not the name that a part's own writer uses: the file may be several parts joined, and one name has one content. */
function keptKey({ name }: StagedFile, output: string, staging: Staging): string {
  return staging.key(output, `kept-${name}`)
}

/** Types that come from each file's first element may differ where the files must not. */
function requireOneShape(parts: readonly StagedPart[], { output }: OutputJob): void {
  const shapes = [...new Set(parts.map(({ shape }) => shape))]
  if (shapes.length <= 1) return
  throw new SluiceError({
    code: 'mixed-types',
    kind: 'data',
    message: `The files of one batch of ${output} would have different types; choose the types of keys and values in its options: ${shapes.join(' and ')}`,
  })
}

function badOption(name: string, got: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The ${name} of output files must be a string: ${String(got)}`,
  })
}

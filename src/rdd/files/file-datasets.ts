import type { Storage } from '../../ports/object-store.ts'
import { concatBytes } from '../../util/concat-bytes.ts'
import { SluiceError } from '../../util/errors.ts'
import type { FileDecoder } from '../formats/decoder.ts'
import { fixedRecords, wrongLength } from '../formats/fixed-records.ts'
import { type Gunzip, standardGunzip } from '../formats/gunzip.ts'
import type { Node } from '../node.ts'
import { sourceNode } from '../nodes/source.ts'
import { type DataFile, filesOf } from './data-file.ts'
import { groupsOf, recordSplitsOf, splitsOf } from './file-splits.ts'
import { bytesOf, contentOf, linesOf } from './read-split.ts'

/** Makes datasets of files. What they hold is what was there when they were made; a file changed since is refused. */
export class FileDatasets {
  readonly #storage: Storage | undefined
  readonly #gunzip: Gunzip

  constructor(storage: Storage | undefined, gunzip: Gunzip = standardGunzip) {
    this.#storage = storage
    this.#gunzip = gunzip
  }

  /** What opens places; refuses with code `no-storage` where a context was given none. */
  get storage(): Storage {
    if (this.#storage) return this.#storage
    throw new SluiceError({
      code: 'no-storage',
      kind: 'invalid',
      message:
        'This SparkContext opens no files; give it what does: new SparkContext({ storage: localEnvironment().storage })',
    })
  }

  async lines(path: string, minPartitions: number): Promise<Node<string>> {
    const splits = splitsOf(await filesOf(this.storage, path), minPartitions)
    return sourceNode({
      partitions: splits.length,
      read: (partition) => linesOf(at(splits, partition), this.#gunzip),
      describe(partition, index) {
        const { file, start } = at(splits, partition)
        return `line ${index + 1}${start === 0 ? '' : ` after byte ${start}`} of ${file.url}`
      },
    })
  }

  async records(path: string, recordLength: number): Promise<Node<Uint8Array>> {
    if (!Number.isSafeInteger(recordLength) || recordLength < 1) throw badRecordLength(recordLength)
    const files = await filesOf(this.storage, path)
    for (const { info, url } of files) {
      const leftOver = info.sizeBytes % recordLength
      if (leftOver !== 0) throw wrongLength({ url, recordLength }, leftOver)
    }
    const splits = recordSplitsOf(files, recordLength)
    return sourceNode({
      partitions: splits.length,
      read(partition) {
        const { file, start, end } = at(splits, partition)
        if (start === end) return nothing()
        return fixedRecords(bytesOf(file, { start, end }), { url: file.url, recordLength })
      },
      describe(partition, index) {
        const { file, start } = at(splits, partition)
        return `record ${start / recordLength + index + 1} of ${file.url}`
      },
    })
  }

  /** Pairs of a file's URL and what `decode` makes of its bytes; each file must fit in memory. */
  async whole<T>(path: string, minPartitions: number, decode: (bytes: Uint8Array) => T): Promise<Node<[string, T]>> {
    const groups = groupsOf(await filesOf(this.storage, path), minPartitions)
    const gunzip = this.#gunzip
    return sourceNode<[string, T]>({
      partitions: groups.length,
      async *read(partition) {
        for (const file of at(groups, partition)) {
          const chunks: Uint8Array[] = []
          for await (const chunk of contentOf(file, gunzip)) chunks.push(chunk)
          yield [[file.url, decode(concatBytes(chunks))]]
        }
      },
      describe: (partition, index) => String(at(groups, partition)[index]?.url),
    })
  }

  /** The elements that a decoder makes of each file, a partition for each. */
  async decoded<T>(path: string, decode: FileDecoder<T>): Promise<Node<T>> {
    const files = await filesOf(this.storage, path)
    return sourceNode<T>({
      partitions: files.length,
      read: (partition) => decode(contentOf(at(files, partition), this.#gunzip), { url: at(files, partition).url }),
      describe: (partition, index) => `element ${index + 1} of ${at<DataFile>(files, partition).url}`,
    })
  }
}

async function* nothing(): AsyncGenerator<never> {}

function at<T>(items: readonly T[], partition: number): T {
  return items[partition] as T
}

function badRecordLength(recordLength: number): SluiceError {
  return new SluiceError({
    code: 'record-length',
    kind: 'invalid',
    message: `The length of a record is a whole number of bytes of at least 1: ${recordLength}`,
  })
}

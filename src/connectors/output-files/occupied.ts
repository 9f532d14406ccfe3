import type { StagedFile } from '../../checkpoint/manifest.ts'
import type { ObjectInfo, ObjectStore } from '../../ports/object-store.ts'
import { SluiceError } from '../../util/errors.ts'
import { SUCCESS } from './batch-directory.ts'
import { storedChecksum } from './stored-checksum.ts'

/** What is in a directory already; more than a thousand files are not looked at. */
export async function existingFiles(directory: ObjectStore): Promise<readonly ObjectInfo[]> {
  for await (const page of directory.list('')) return page
  return []
}

/**
 * Refuses a directory that holds anything but these very files: an application started again without its checkpoint
 * would mix its output with that of its predecessor (rule `final-names-per-incarnation`). One that is closed must hold them
 * all: readers have taken it as it is, and a publish that is done again would leave out what it lacks.
 */
export async function refuseForeignFiles(
  existing: readonly ObjectInfo[],
  files: readonly StagedFile[],
  directory: ObjectStore,
): Promise<void> {
  for (const info of existing) {
    const same = files.find(({ name }) => name === info.key)
    if (info.key === SUCCESS || (same !== undefined && (await hasBytesOf(same, info, directory)))) continue
    throw outputExists(directory, info.key)
  }
  if (!existing.some(({ key }) => key === SUCCESS)) return
  const there = new Set(existing.map(({ key }) => key))
  for (const { name } of files) {
    if (!there.has(name) && (await directory.head(name)) === undefined) throw outputExists(directory, SUCCESS)
  }
}

function outputExists(directory: ObjectStore, key: string): SluiceError {
  return new SluiceError({
    code: 'output-exists',
    kind: 'invalid',
    message: `The batch's output directory holds files that another run has written; move it away, choose another prefix, or go on from that run's checkpoint: ${directory.url}/${key}`,
  })
}

async function hasBytesOf(file: StagedFile, info: ObjectInfo, directory: ObjectStore): Promise<boolean> {
  return info.sizeBytes === file.sizeBytes && (await storedChecksum(directory, info.key)) === file.crc32c
}

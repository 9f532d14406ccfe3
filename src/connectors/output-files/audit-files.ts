import type { StagedFile, StagedOutput } from '../../checkpoint/manifest.ts'
import type { ObjectStore, Storage } from '../../ports/object-store.ts'
import type { AuditContext, OutputFault } from '../../ports/sink.ts'
import { SUCCESS } from './batch-directory.ts'
import { storedChecksum } from './stored-checksum.ts'
import { destinationOf } from './success-file.ts'

/** Compares a batch's directory with what was committed: every file whole, `_SUCCESS`, empty, and no other file. */
export async function auditFiles(
  staged: StagedOutput,
  storage: Storage,
  context: AuditContext,
): Promise<readonly OutputFault[]> {
  const directory = destinationOf(staged, storage)
  const there = new Map<string, number>()
  for await (const page of directory.list('')) for (const { key, sizeBytes } of page) there.set(key, sizeBytes)
  const faults: OutputFault[] = []
  for (const file of staged.files) {
    context.signal.throwIfAborted()
    faults.push(...(await auditFile(file, directory, { sizeBytes: there.get(file.name), ...context })))
  }
  faults.push(...auditSuccess(directory, there.get(SUCCESS)))
  const known = new Set([SUCCESS, ...staged.files.map(({ name }) => name)])
  return [...faults, ...[...there.keys()].filter((key) => !known.has(key)).map((key) => foreign(directory, key))]
}

interface FileAudit extends AuditContext {
  /** As listed; absent: it is not there. */
  readonly sizeBytes: number | undefined
}

async function auditFile(file: StagedFile, directory: ObjectStore, audit: FileAudit): Promise<OutputFault[]> {
  const url = `${directory.url}/${file.name}`
  if (audit.sizeBytes === undefined) return [missing(url)]
  if (audit.sizeBytes !== file.sizeBytes) return [damaged(url, `${audit.sizeBytes} bytes instead of ${file.sizeBytes}`)]
  if (audit.quick) return []
  const crc = await storedChecksum(directory, file.name)
  if (crc === undefined) return [missing(url)]
  return crc === file.crc32c ? [] : [damaged(url, 'other bytes than were committed')]
}

/** Its presence is what counts to readers, so what was written into it changes no output; but nothing here ever does. */
function auditSuccess(directory: ObjectStore, sizeBytes: number | undefined): OutputFault[] {
  if (sizeBytes === undefined) return [unclosed(directory)]
  return sizeBytes === 0 ? [] : [damaged(`${directory.url}/${SUCCESS}`, `${sizeBytes} bytes instead of none`)]
}

function missing(url: string): OutputFault {
  return {
    code: 'output-missing',
    mendable: true,
    message: `A file that was published is gone; publish its batch again (verify --repair): ${url}`,
  }
}

function damaged(url: string, how: string): OutputFault {
  return {
    code: 'output-damaged',
    mendable: true,
    message: `A published file was changed: it has ${how}; publish its batch again (verify --repair): ${url}`,
  }
}

function unclosed({ url }: ObjectStore): OutputFault {
  return {
    code: 'output-missing',
    mendable: true,
    message: `A published directory lacks ${SUCCESS}, so readers pass it over; publish its batch again (verify --repair): ${url}`,
  }
}

function foreign({ url }: ObjectStore, key: string): OutputFault {
  return {
    code: 'output-foreign',
    mendable: false,
    message: `A file that no batch committed lies among published ones, and readers take it for output; move it away: ${url}/${key}`,
  }
}

import type { OffsetRange } from '../../checkpoint/plan.ts'
import type { ObjectInfo } from '../../ports/object-store.ts'
import { SluiceError } from '../../util/errors.ts'
import type { FileFormat } from './file-options.ts'

/** One file of a plan, and what shows that it still is the file that was planned. */
export interface PlannedFile {
  readonly url: string
  readonly sizeBytes: number
  readonly etag: string
  readonly mtimeMs: number
}

export function rangeOfFile(url: string, info: ObjectInfo, format: FileFormat): OffsetRange {
  const { sizeBytes, etag, lastModifiedMs } = info
  return {
    partition: url,
    from: { offset: 0 },
    until: { offset: sizeBytes, etag, mtimeMs: lastModifiedMs },
    ...(format.kind === 'binary-records' ? { records: Math.floor(sizeBytes / format.recordLength) } : {}),
    bytes: sizeBytes,
  }
}

/** What `rangeOfFile` wrote, however long ago. */
export function fileOfRange({ partition, until }: OffsetRange): PlannedFile {
  const fields: Record<string, unknown> = typeof until === 'object' && until !== null ? { ...until } : {}
  const { offset, etag, mtimeMs } = fields
  if (isCount(offset) && typeof etag === 'string' && isTime(mtimeMs))
    return { url: partition, sizeBytes: offset, etag, mtimeMs }
  throw new SluiceError({
    code: 'plan-unreadable',
    kind: 'data',
    message: `A file range of the plan cannot be understood; was it made by another version? ${partition}: ${JSON.stringify(until)}`,
  })
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime())
}

/** What a file that is not there as it was planned fails with; what else is wrong with data is wrong with its content. */
const NOT_AS_PLANNED = new Set(['plan-unreadable', 'source-missing', 'source-changed'])

/** Whether a file that is as it was planned cannot be read: it is damaged, cut short, or of another format. */
export function isUndecodable(error: unknown): boolean {
  return error instanceof SluiceError && error.kind === 'data' && !NOT_AS_PLANNED.has(error.code)
}

const REMEDY = 'put the planned content back under this name, or skip the batch'

export function sourceMissing({ url, sizeBytes }: PlannedFile): SluiceError {
  return new SluiceError({
    code: 'source-missing',
    kind: 'data',
    message: `A file that this batch must read is gone; ${REMEDY}: ${url} (${sizeBytes} bytes when it was planned)`,
  })
}

export function sourceChanged({ url, sizeBytes, mtimeMs }: PlannedFile, cause?: unknown): SluiceError {
  const then = `${sizeBytes} bytes, modified ${new Date(mtimeMs).toISOString()} when it was planned`
  return new SluiceError({
    code: 'source-changed',
    kind: 'data',
    message: `A file changed after this batch was planned, so it cannot be read exactly once; ${REMEDY}: ${url} (${then})`,
    cause,
  })
}

import { messageOf, SluiceError } from '../../util/errors.ts'

/** What each error of the file system means to a caller, and what to do about it. */
const MEANINGS: Readonly<Record<string, Pick<SluiceError, 'code' | 'kind' | 'message'>>> = {
  ENOSPC: { code: 'disk-full', kind: 'retryable', message: 'The disk is full; free some space, then it goes on' },
  EDQUOT: {
    code: 'disk-full',
    kind: 'retryable',
    message: 'The disk quota is used up; free some space, then it goes on',
  },
  EFBIG: {
    code: 'file-too-large',
    kind: 'invalid',
    message: 'This process may not write so large a file; raise its limit (ulimit -f) or choose another file system',
  },
  EROFS: { code: 'read-only', kind: 'invalid', message: 'The file system is read-only; choose a directory on another' },
  EACCES: { code: 'access-denied', kind: 'invalid', message: 'Permission denied; give this user access to the path' },
  EPERM: {
    code: 'access-denied',
    kind: 'invalid',
    message: 'The file system does not permit this; check the owner, and that it has hard links',
  },
  ENOTSUP: { code: 'no-hard-links', kind: 'invalid', message: 'The file system lacks hard links; choose another' },
  ENOTDIR: { code: 'not-a-directory', kind: 'invalid', message: 'A file is where a directory must be; move it away' },
  EISDIR: { code: 'is-a-directory', kind: 'invalid', message: 'A directory is where a file must be; move it away' },
  ELOOP: { code: 'link-loop', kind: 'invalid', message: 'Symbolic links lead in a circle; mend them' },
  ENAMETOOLONG: { code: 'bad-key', kind: 'invalid', message: 'The name is too long for the file system; shorten it' },
}

/**
 * Turns an error of `node:fs` into a `SluiceError` that names the path and says what to do. What is not known to be
 * permanent (too many open files, a busy file, a stale network handle) may succeed later.
 */
export function fileError(error: unknown, path: string): SluiceError {
  if (error instanceof SluiceError) return error
  const meaning = (isBusyOnWindows(error) ? undefined : MEANINGS[errorCode(error) ?? '']) ?? {
    code: 'file-error',
    kind: 'retryable',
    message: `The file system reported an error (${messageOf(error)})`,
  }
  return new SluiceError({ ...meaning, message: `${meaning.message}: ${path}`, cause: error })
}

/** Windows reports a file that a virus scanner or an indexer has just opened as not permitted. */
function isBusyOnWindows(error: unknown): boolean {
  return process.platform === 'win32' && errorCode(error) === 'EPERM'
}

/** `ENOENT` and the like. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Whether nothing is there: no such file, or a file in the place of one of its directories. */
export function isAbsent(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** For what the system reports as something else: a file in the place of a directory. */
export function notADirectory(): Error {
  return Object.assign(new Error('not a directory'), { code: 'ENOTDIR' })
}

/** For what the system does not report: a file that is not the one that was made under its name. */
export function noSuchFile(): Error {
  return Object.assign(new Error('no such file'), { code: 'ENOENT' })
}

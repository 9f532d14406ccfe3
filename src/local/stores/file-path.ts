import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { messageOf, SluiceError } from '../../util/errors.ts'

/** The absolute path of `file:///dir` or of a plain path, relative to the working directory. */
export function pathOf(url: string): string {
  if (url === '') throw badUrl('an empty path names no directory', url)
  if (url.includes('\0')) throw badUrl('it holds a NUL character', url)
  if (!/^file:\/\//i.test(url)) return resolve(url)
  try {
    return resolve(fileURLToPath(url))
  } catch (error) {
    throw badUrl(`write file:///absolute/path, or the path alone (${messageOf(error)})`, url)
  }
}

/** Without a slash at the end. */
export function fileUrl(path: string): string {
  return pathToFileURL(path).href.replace(/\/+$/, '')
}

function badUrl(reason: string, url: string): SluiceError {
  return new SluiceError({ code: 'bad-url', kind: 'invalid', message: `Not a place for files; ${reason}: '${url}'` })
}

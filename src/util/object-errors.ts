import { SluiceError } from './errors.ts'

export function objectMissing(url: string): SluiceError {
  return new SluiceError({
    code: 'object-missing',
    kind: 'data',
    message: `There is no such object; was it deleted, or is it in another place? ${url}`,
  })
}

/** An object that had to be the very one read before (`ifMatch`) is damage; one replaced during a read may be read again. */
export function objectChanged(url: string, expected: 'if-match' | 'while-read'): SluiceError {
  return new SluiceError({
    code: 'object-changed',
    kind: expected === 'if-match' ? 'data' : 'retryable',
    message:
      expected === 'if-match'
        ? `The object is not the one that was read before; put that one back: ${url}`
        : `The object was replaced while it was being read; read it again: ${url}`,
  })
}

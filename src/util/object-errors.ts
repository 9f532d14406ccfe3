import { messageOf, SluiceError, type SluiceErrorInit } from './errors.ts'

export interface ObjectMissingInit extends Omit<SluiceErrorInit, 'kind'> {
  readonly url: string
}

/** Something that is needed is not there: who knows whose it is may say more. */
export class ObjectMissingError extends SluiceError {
  /** Of the object. */
  readonly url: string

  constructor({ url, ...init }: ObjectMissingInit) {
    super({ ...init, kind: 'data' })
    this.url = url
  }
}

export function objectMissing(url: string): ObjectMissingError {
  return new ObjectMissingError({
    code: 'object-missing',
    message: `There is no such object; was it deleted, or is it in another place? ${url}`,
    url,
  })
}

/** Bytes that came to harm on the way: the object itself may be whole. */
export function objectDamaged(url: string, cause: unknown): SluiceError {
  return new SluiceError({
    code: 'object-damaged',
    kind: 'retryable',
    message: `The bytes that came do not have the checksum of the object; read it again: ${url} (${messageOf(cause)})`,
    cause,
  })
}

export function isDamaged(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'object-damaged'
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

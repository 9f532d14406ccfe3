import { SluiceError } from '../util/errors.ts'

const SCHEME = /^Bearer +(\S+) *$/i
const SENDABLE = /^[\x21-\x7e]+$/

/**
 * Checks `Authorization` headers against one token. Both sides are hashed first, so that neither the token's length nor
 * how much of a guess is right shows in the time that the comparison takes.
 */
export class BearerToken {
  readonly #digest: Promise<Uint8Array>

  /** Refuses, with code `token-missing` or `token-unsendable`, what would protect nothing or could never be sent. */
  constructor(token: string | undefined) {
    if (token === undefined || token.trim() === '') throw tokenMissing()
    if (!SENDABLE.test(token)) throw tokenUnsendable()
    this.#digest = digestOf(token)
  }

  async admits(authorization: string | undefined): Promise<boolean> {
    const given = SCHEME.exec(authorization ?? '')?.[1] ?? ''
    return sameBytes(await digestOf(given), await this.#digest)
  }
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

/** Looks at every byte, whatever it finds. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length
  for (let i = 0; i < b.length; i++) different |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return different === 0
}

function tokenMissing(): SluiceError {
  return new SluiceError({
    code: 'token-missing',
    kind: 'invalid',
    message:
      'The HTTP handler does not start without a token; set SLUICE_TOKEN, or the option token, to a long random text',
  })
}

function tokenUnsendable(): SluiceError {
  return new SluiceError({
    code: 'token-unsendable',
    kind: 'invalid',
    message:
      'The token of the HTTP handler must be visible ASCII without spaces, as it travels in a header; choose another',
  })
}

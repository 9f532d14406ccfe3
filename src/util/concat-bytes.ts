const utf8 = new TextEncoder()

/** Texts, as UTF-8, and bytes one after the other. */
export function concatBytes(pieces: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? utf8.encode(piece) : piece))
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

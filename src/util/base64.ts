import { SluiceError } from './errors.ts'

/** Arguments of one call, well below what engines permit. */
const SLICE_BYTES = 0x2000

/** Bytes as base64, with padding. */
export function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + SLICE_BYTES))
  }
  return btoa(binary)
}

/** The bytes of what {@link base64} made; throws code `value-corrupt` (kind `data`) for any other text. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(binaryOf(text), (character) => character.charCodeAt(0))
}

function binaryOf(text: string): string {
  try {
    return atob(text)
  } catch (cause) {
    const message = `Stored text is not base64; restore the record from a copy: ${text.slice(0, 40)}`
    throw new SluiceError({ code: 'value-corrupt', kind: 'data', message, cause })
  }
}

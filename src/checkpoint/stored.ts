/** JSON that only the source, sink or operator that made it reads. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** An immutable object below the checkpoint, with what it takes to notice damage. */
export interface ObjectRef {
  readonly key: string
  readonly sizeBytes: number
  /** CRC-32C of the bytes, 8 hexadecimal digits. */
  readonly crc32c: string
}

/** Small values travel inside the record that names them, large ones in an object of their own. */
export type Stored<T> =
  | { readonly kind: 'inline'; readonly value: T }
  | { readonly kind: 'object'; readonly ref: ObjectRef }

/** The JSON of immutable records: each is made once and travels in the head for many swaps. */
const texts = new WeakMap<Stored<unknown>, string>()

/** A value that travels inside the record that names it; `text` is its JSON. */
export function inline<T>(value: T, text: string): Stored<T> {
  const stored: Stored<T> = { kind: 'inline', value }
  texts.set(stored, `{"kind":"inline","value":${text}}`)
  return stored
}

/** The JSON of a stored record, as `JSON.stringify` writes it. */
export function storedText(stored: Stored<unknown>): string {
  const text = texts.get(stored) ?? JSON.stringify(stored)
  texts.set(stored, text)
  return text
}

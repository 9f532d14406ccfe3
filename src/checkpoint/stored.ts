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

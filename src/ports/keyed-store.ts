/**
 * Items by key, each with the mark of the batch that wrote it last. What is deleted stays, without a value, for its mark. Calls
 * reject with a `SluiceError` as those of an `ObjectStore` do.
 */
export interface KeyedStore {
  /** Where it is, for messages. */
  readonly url: string
  /**
   * Writes, unless the item has a newer mark: the comparison and the write are one step. Writing with the mark that is
   * there writes again. Called once for each pair of a batch, many at a time, never twice at a time for one key by one process.
   * With `signal` aborted, whoever waits need not: the write may still be done, later, and its mark says of what batch it is.
   */
  write(write: KeyedWrite, signal?: AbortSignal): Promise<'written' | 'older'>
  /** The value as it is now; `undefined` for what was never written, and for what was deleted. */
  read(key: string): Promise<string | undefined>
}

/** The value that a batch has for a key. */
export interface KeyedWrite {
  /** Not empty; at most 2,048 bytes of UTF-8. */
  readonly key: string
  /** Compared as text: `output.mark` of `foreachRDD`. */
  readonly mark: string
  /** `undefined` deletes. */
  readonly value: string | undefined
}

/** What takes bytes piece by piece and shows the whole at the end, as an upload does. */
export interface Vessel<T> {
  write(bytes: Uint8Array): Promise<void>
  complete(): Promise<T>
  abort(): Promise<void>
}

/** Writes all chunks and completes; on any failure the vessel is aborted, and the failure goes on. */
export async function pour<T>(chunks: AsyncIterable<Uint8Array>, into: Vessel<T>): Promise<T> {
  try {
    for await (const chunk of chunks) await into.write(chunk)
    return await into.complete()
  } catch (error) {
    await into.abort()
    throw error
  }
}

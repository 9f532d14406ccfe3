import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { frame, readFrames } from './framed-log.ts'

/**
 * A framed file that only grows. An append is one write, handed to the operating system before it returns: it survives the kill
 * of this process. It is not synced to the disk, so it does not survive the loss of the machine.
 */
export class AppendFile {
  readonly #file: number
  #sizeBytes: number

  private constructor(file: number, sizeBytes: number) {
    this.#file = file
    this.#sizeBytes = sizeBytes
  }

  static create(path: string): AppendFile {
    return new AppendFile(openSync(path, 'w'), 0)
  }

  /** Opens what an earlier process left, its torn tail cut off; answers the payloads, too. */
  static recover(path: string): { readonly file: AppendFile; readonly payloads: readonly Buffer[] } {
    const { payloads, validBytes } = readFrames(readFileSync(path))
    const file = openSync(path, 'r+')
    if (fstatSync(file).size > validBytes) ftruncateSync(file, validBytes)
    return { file: new AppendFile(file, validBytes), payloads }
  }

  /** A write that fails (a full disk) is taken back, so that the next one does not follow half a frame. */
  append(parts: readonly Buffer[]): void {
    const framed = frame(parts)
    try {
      let written = 0
      while (written < framed.length) {
        written += writeSync(this.#file, framed, written, framed.length - written, this.#sizeBytes + written)
      }
      this.#sizeBytes += framed.length
    } catch (error) {
      ftruncateSync(this.#file, this.#sizeBytes)
      throw error
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}

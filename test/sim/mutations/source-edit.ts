/** A small change of one source file, made while the simulator is bundled. */
export interface SourceEdit {
  /** From the root of the repository. */
  readonly file: string
  /** Must be in the file exactly once. */
  readonly find: string
  readonly replace: string
}

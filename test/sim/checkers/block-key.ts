/** The name of a block, as plans and the checkpoint have it. */
export type BlockKey = string

/** The name of the stream that a block lies under; '' of anything else. */
export function streamOfBlock(key: BlockKey): string {
  return /\/blocks\/([^/]+)\//.exec(key)?.[1] ?? ''
}

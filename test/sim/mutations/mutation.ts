import type { SourceEdit } from './source-edit.ts'

/** A safety rule of the product, and how to take it out. */
export interface Mutation {
  /** As PROTOCOL.md names it. */
  readonly rule: string
  /** What the product does without it. */
  readonly without: string
  readonly edits: readonly SourceEdit[]
}

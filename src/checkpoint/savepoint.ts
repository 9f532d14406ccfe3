import type { AppId } from './attempt.ts'
import type { Manifest } from './manifest.ts'

/** A committed batch that stays, whatever happens to the history: what a checkpoint elsewhere needs to go on from it. */
export interface Savepoint {
  readonly formatVersion: 1
  readonly app: AppId
  readonly name: string
  /** By the clock of whoever made it, for people. */
  readonly createdMs: number
  readonly zeroTime: number
  readonly batchIntervalMs: number
  readonly manifest: Manifest
  /** Changes that travel in manifests, by batch time: base64 of each changelog that the state needs. */
  readonly inlineChanges: { readonly [batchTime: string]: string }
}

import { sameAttempt } from '../checkpoint/attempt.ts'
import { decodeManifest } from '../checkpoint/decode-record.ts'
import type { Committed } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { type Awaitable, andThen } from '../util/awaitable.ts'
import type { Runtime } from './runtime.ts'
import { load } from './stored.ts'

/** The manifest that the head names: this process's own if it is of the very attempt committed, else read (P7). */
export function committedManifest({ checkpoint, warm }: Runtime, committed: Committed): Awaitable<Manifest> {
  if (warm.manifest !== undefined && sameAttempt(warm.manifest.attempt, committed.attempt)) return warm.manifest
  return andThen(load(checkpoint, committed.manifest, decodeManifest), (manifest) => {
    warm.manifest = manifest
    return manifest
  })
}

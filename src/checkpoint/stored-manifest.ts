import { assert } from '../util/assert.ts'
import type { Attempt } from './attempt.ts'
import type { Manifest } from './manifest.ts'
import { attemptOf } from './names.ts'
import type { Stored } from './stored.ts'

/** Whose manifest this is, told without reading it. */
export function attemptOfManifest(stored: Stored<Manifest>): Attempt {
  if (stored.kind === 'inline') return stored.value.attempt
  const attempt = attemptOf(stored.ref.key)
  assert(attempt !== undefined, `the name of a manifest says whose it is: ${stored.ref.key}`)
  return attempt
}

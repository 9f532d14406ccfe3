import { SluiceError } from '../../util/errors.ts'

/** Refuses what is no depth of a tree. */
export function checkDepth(depth: number): void {
  if (Number.isSafeInteger(depth) && depth >= 1) return
  throw new SluiceError({
    code: 'bad-depth',
    kind: 'invalid',
    message: `Depth must be greater than or equal to 1 but got ${depth}`,
  })
}

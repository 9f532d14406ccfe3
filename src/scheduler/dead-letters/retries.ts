import { type DeadLetterBox, type DeadLetters, retriesOf } from '../../checkpoint/dead-letters.ts'
import { isRangeLetterKey } from '../../checkpoint/names.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { allDone } from '../../util/all-done.ts'
import { readLetters } from './dead-letter.ts'

export interface RetryLimits {
  /** What a batch may read of the stream. */
  readonly maxBytes: number
  /** Of what a plan may hold of letters. */
  readonly share: number
}

/** Letters read at once. */
const WIDTH = 16

/** What the next plan of a stream reads again. Of whole files no more than a batch gets through, and one in any case. */
export async function retriesWithin(
  objects: ObjectStore,
  box: DeadLetterBox,
  { isOf, maxBytes, share }: RetryLimits & { readonly isOf: (letters: DeadLetters) => boolean },
): Promise<readonly DeadLetters[]> {
  const chosen = retriesOf(box, isOf, share)
  let bytes = 0
  for (let start = 0; start < chosen.length; start += WIDTH) {
    const sizes = await allDone(chosen.slice(start, start + WIDTH).map((letters) => rangeBytes(objects, letters)))
    for (const [i, size] of sizes.entries()) {
      bytes += size
      if (bytes > maxBytes && start + i > 0) return chosen.slice(0, start + i)
    }
  }
  return chosen
}

/** Of what a letter stands for that is elsewhere. */
async function rangeBytes(objects: ObjectStore, letters: DeadLetters): Promise<number> {
  if (!isRangeLetterKey(letters.object.key)) return 0
  const [letter] = await readLetters(objects, letters)
  return letter?.payload.kind === 'range' ? (letter.payload.range.bytes ?? 0) : 0
}

import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import { SluiceError } from '../util/errors.ts'
import { isLostGround } from './lost-ground.ts'
import type { Runtime } from './runtime.ts'

/*
 * Who reads the past has no lease that would keep collections away. What is gone because the head names it no longer, and a
 * collection has given it up since, is no damage.
 */

/** What it takes to look back. */
export type Reading = Pick<Runtime, 'app' | 'register' | 'checkpoint'>

type Heads = Pick<Runtime, 'app' | 'register'>

/** What a collection gives up while it is read has been given up with all that is older, so what is retained ends there. */
export async function* untilGivenUp<T>(runtime: Reading, head: Head, newestFirst: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* newestFirst
  } catch (error) {
    await passIfGone(runtime, isRetained(head), error)
  }
}

/** Of what can be done without, once the boundary has passed it. */
export function unlessGivenUp<T>(runtime: Reading, head: Head, read: Promise<T>): Promise<T | undefined> {
  return unlessGone(runtime, isRetained(head), read)
}

/** Whether the head of now still names what was to be read. */
export type IsNamed = (now: Head) => boolean | Promise<boolean>

/** Of what can be done without, once the head does not name it any more. */
export async function unlessGone<T>(place: Heads, isNamed: IsNamed, read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    return await passIfGone(place, isNamed, error)
  }
}

/** Of what cannot: rejects with code `batch-not-found`. */
export async function whileRetained<T extends object>(
  runtime: Reading,
  { head, batchTime }: { readonly head: Head; readonly batchTime: BatchTime },
  read: Promise<T | undefined>,
): Promise<T> {
  const found = await unlessGivenUp(runtime, head, read)
  if (found === undefined) throw notRetained(runtime, batchTime)
  return found
}

function isRetained(before: Head): IsNamed {
  return (now) => now.boundary <= before.boundary
}

/** What is missing, and still is part of the checkpoint, is damage. */
async function passIfGone({ register, app }: Heads, isNamed: IsNamed, error: unknown): Promise<undefined> {
  const now = isLostGround(error) ? await register.read(app) : undefined
  if (now === undefined || (await isNamed(now))) throw error
}

export function notRetained({ app }: Pick<Runtime, 'app'>, batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'batch-not-found',
    kind: 'invalid',
    message: `No retained batch of ${app} has this time; list the batches to see which there are: ${batchTime} ms`,
  })
}

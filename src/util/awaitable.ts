/**
 * A value, or a promise of it: of work that may have to wait, and mostly has nothing to wait for. A batch of a few records is made
 * of hundreds of such steps, each of which takes less time than a promise.
 */
export type Awaitable<T> = T | Promise<T>

/** What `next` makes of a value: at once if it is here, else when it has come. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** What `work` gives, or what `failed` makes of its failure, whether it throws or rejects. */
export function orElse<T>(work: () => Awaitable<T>, failed: (cause: unknown) => Awaitable<T>): Awaitable<T> {
  try {
    const value = work()
    return value instanceof Promise ? value.catch(failed) : value
  } catch (cause) {
    return failed(cause)
  }
}

/** Does `work` for 0, 1, … up to before `count`, each when the one before is done. */
export function inTurn(count: number, work: (at: number) => Awaitable<void>): Awaitable<void> {
  for (let at = 0; at < count; at++) {
    const done = work(at)
    if (done instanceof Promise) return restInTurn(done, { from: at + 1, count, work })
  }
  return undefined
}

/** The same for each of some items. */
export function eachInTurn<T>(items: readonly T[], work: (item: T) => Awaitable<void>): Awaitable<void> {
  return inTurn(items.length, (at) => work(items[at] as T))
}

interface Rest {
  readonly from: number
  readonly count: number
  readonly work: (at: number) => Awaitable<void>
}

async function restInTurn(before: Promise<void>, { from, count, work }: Rest): Promise<void> {
  await before
  for (let at = from; at < count; at++) {
    const done = work(at)
    if (done instanceof Promise) await done
  }
}

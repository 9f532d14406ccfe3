import { type Awaitable, inTurn } from '../util/awaitable.ts'
import { elementText } from '../util/text.ts'
import type { CallSite } from './call-site.ts'
import { located, OperatorFailure } from './failure.ts'
import type { KeyTable } from './key-table.ts'
import { CHUNK_RECORDS, type Emit, type Task } from './node.ts'
import { iterable, returned } from './returned.ts'

/** What it takes to say which record failed. */
export interface Origin {
  readonly partition: number
  describe(index: number): string
}

/** Pushes an array's records, pausing between chunks. `first` is the position of the array's first record. */
export function pushAll<T>(
  records: ArrayLike<T>,
  emit: Emit<T>,
  { task, origin, first = 0 }: { readonly task: Task; readonly origin: Origin; readonly first?: number },
): Awaitable<void> {
  return inTurn(Math.ceil(records.length / CHUNK_RECORDS), (chunk) => {
    const from = chunk * CHUNK_RECORDS
    const until = Math.min(from + CHUNK_RECORDS, records.length)
    pushRange(records, { from, until }, { emit, origin, first })
    return task.pause()
  })
}

/** Pushes what a table holds as pairs, in its order; see `pushAll`. */
export function pushTable<K, V>(
  { keys, values }: KeyTable<K, V>,
  emit: Emit<[K, V]>,
  { partition, task }: { readonly partition: number; readonly task: Task },
): Awaitable<void> {
  const origin = { partition, describe: (index: number) => `key ${elementText(keys[index])}` }
  let place = 0
  return pushAll(keys, (key) => emit([key, values[place++] as V]), { task, origin })
}

/** The one loop of a stage: everything that is fused runs inside `emit`. */
function pushRange<T>(
  records: ArrayLike<T>,
  range: { readonly from: number; readonly until: number },
  to: { readonly emit: Emit<T>; readonly origin: Origin; readonly first: number },
): void {
  const { emit } = to
  let at = range.from
  try {
    for (; at < range.until; at++) emit(records[at] as T)
  } catch (thrown) {
    throw located(thrown, to.origin.partition, () => to.origin.describe(to.first + at))
  }
}

/** Pushes what a user's function returned; its iterator is the user's code, too. */
export function pushIterable<U>(items: Iterable<U>, next: Emit<U>, site: CallSite): void {
  if (Array.isArray(items)) {
    for (let i = 0; i < items.length; i++) next(items[i])
    return
  }
  const iterator = open(items, site)
  let unfinished = true
  try {
    for (;;) {
      const step = advance(iterator, site)
      if (step.done) {
        unfinished = false
        return
      }
      next(step.value)
    }
  } finally {
    if (unfinished) iterator.return?.()
  }
}

function open<U>(items: Iterable<U>, site: CallSite): Iterator<U> {
  try {
    return iterable(returned(items))[Symbol.iterator]()
  } catch (cause) {
    throw new OperatorFailure(site, cause)
  }
}

function advance<U>(iterator: Iterator<U>, site: CallSite): IteratorResult<U> {
  try {
    return iterator.next()
  } catch (cause) {
    throw new OperatorFailure(site, cause)
  }
}

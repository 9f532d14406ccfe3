import { type Awaitable, inTurn } from '../util/awaitable.ts'
import { elementText } from '../util/text.ts'
import type { CallSite } from './call-site.ts'
import { located, OperatorFailure } from './failure.ts'
import type { KeyTable } from './key-table.ts'
import type { Emit, Task } from './node.ts'
import { iterable, returned } from './returned.ts'

/**
 * Records between two looks at the event loop. Functions that take ten milliseconds a record must still let an invocation end in
 * order: it has ten seconds for that, and one that is killed cannot tell that its batch was too large.
 */
const PAUSE_RECORDS = 256

/** What it takes to say which record failed. */
export interface Origin {
  readonly partition: number
  describe(index: number): string
}

/** Pushes an array's records, pausing now and then. `first` is the position of the array's first record. */
export function pushAll<T>(
  records: ArrayLike<T>,
  emit: Emit<T>,
  { task, origin, first = 0 }: { readonly task: Task; readonly origin: Origin; readonly first?: number },
): Awaitable<void> {
  return inTurn(Math.ceil(records.length / PAUSE_RECORDS), (slice) => {
    const from = slice * PAUSE_RECORDS
    const until = Math.min(from + PAUSE_RECORDS, records.length)
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

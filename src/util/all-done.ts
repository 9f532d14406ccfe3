import type { Awaitable } from './awaitable.ts'

/**
 * Waits for all, also when one fails: nothing may go on behind the back of whoever comes next. A function that is frozen
 * between its invocations would go on with it in the next one, on what that uses.
 */
export function allDone<const T extends readonly unknown[]>(tasks: T): Awaitable<Results<T>> {
  const awaited = tasks.filter((task) => task instanceof Promise).length
  if (awaited === 0) return [...tasks] as Results<T>
  return awaited === 1 ? oneByOne(tasks) : allSettled(tasks)
}

/** Only for a single promise: another one that fails meanwhile would be taken for one that nobody waits for. */
async function oneByOne<const T extends readonly unknown[]>(tasks: T): Promise<Results<T>> {
  const results: unknown[] = []
  for (const task of tasks) results.push(task instanceof Promise ? await task : task)
  return results as Results<T>
}

async function allSettled<const T extends readonly unknown[]>(tasks: T): Promise<Results<T>> {
  const results = await Promise.allSettled(tasks)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  }) as Results<T>
}

type Results<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> }

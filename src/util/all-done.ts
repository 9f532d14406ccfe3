/**
 * Waits for all, also when one fails: nothing may go on behind the back of whoever comes next. A function that is frozen
 * between its invocations would go on with it in the next one, on what that uses.
 */
export async function allDone<const T extends readonly unknown[]>(tasks: T): Promise<Results<T>> {
  const results = await Promise.allSettled(tasks)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  }) as Results<T>
}

type Results<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> }

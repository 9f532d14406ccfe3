/** Enough to hide the round trips, few enough for the connections and the memory of a small function. */
const WIDTH = 8

/**
 * Works through the items, eight at a time. After a failure it begins no further ones, and rejects only when
 * none is under way: whoever is told of the failure may rely on nothing happening behind his back.
 */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const failures: unknown[] = []
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      if (failures.length > 0) return
      await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
}

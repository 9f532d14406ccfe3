/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (lower + upper) / 2
}

export interface Rounds {
  readonly warmUp: number
  readonly measured: number
}

export interface Timed {
  /** Milliseconds, medians over the measured rounds. */
  readonly ours: number
  readonly reference: number
}

/**
 * Runs two programs by turns, each first in every second round, so that what changes meanwhile (clock speed, other
 * processes, a growing heap) is shared between them.
 */
export async function alternate(
  ours: () => Promise<unknown>,
  reference: () => Promise<unknown>,
  { warmUp, measured }: Rounds,
): Promise<Timed> {
  const times = { ours: [] as number[], reference: [] as number[] }
  const programs = [
    ['ours', ours],
    ['reference', reference],
  ] as const
  for (let round = 0; round < warmUp + measured; round++) {
    for (const [name, program] of round % 2 === 0 ? programs : programs.toReversed()) {
      const began = performance.now()
      await program()
      if (round >= warmUp) times[name].push(performance.now() - began)
    }
  }
  return { ours: median(times.ours), reference: median(times.reference) }
}

import { isDeepStrictEqual } from 'node:util'
import { SluiceError } from '../../src/util/errors.ts'
import { Random } from '../../src/util/random.ts'
import { mutateBytes } from './mutate-bytes.ts'

/** A decoder of stored or incoming bytes, and what it must do with bytes that are wrong. */
export interface FuzzTarget {
  readonly name: string
  /** Sound. */
  readonly samples: readonly Uint8Array[]
  /** Reads everything that is in the bytes. */
  readonly decode: (bytes: Uint8Array) => unknown
  /** Makes a mutant of a sample; by default something happens to its bytes. */
  readonly mutate?: (sample: Uint8Array, random: Random) => Uint8Array
  /** Makes checksums right again, so that what is behind them is met. */
  readonly reseal?: (bytes: Uint8Array) => Uint8Array
  /** There are checksums: whatever is not refused must be what was written. */
  readonly sealed?: true
  /** It has an answer to everything. */
  readonly total?: true
  /** What is wrong with a value that was read, if anything. */
  readonly check?: (value: unknown) => string | undefined
}

export interface FuzzOptions {
  readonly seed: number
  readonly cases: number
}

interface Finding {
  readonly target: string
  readonly seed: number
  readonly what: string
  /** As small as it got. */
  readonly input: string
}

export interface FuzzReport {
  readonly refused: number
  readonly read: number
  readonly findings: readonly Finding[]
}

/** For inputs of some hundred bytes. */
const MOST_MS = 2_000
const MOST_BYTES = 96 * 1024 * 1024
const MOST_FINDINGS = 3
/** Tries to make the input of a finding smaller. */
const MOST_TRIES = 3_000

/** Runs a decoder on so many mutants. The same seed gives the same mutants. */
export async function fuzz(target: FuzzTarget, { seed, cases }: FuzzOptions): Promise<FuzzReport> {
  const sound: unknown[] = []
  for (const sample of target.samples) sound.push(await target.decode(sample))
  const findings: Finding[] = []
  let refused = 0
  for (let i = 0; i < cases && findings.length < MOST_FINDINGS; i++) {
    const mutant = mutantOf(target, new Random(seed, i))
    const judge = (bytes: Uint8Array) => judged(target, bytes, sound)
    const outcome = await judge(mutant)
    if (outcome === 'refused') refused++
    else if (outcome !== 'read')
      findings.push({ target: target.name, seed, what: outcome, input: textOf(await smallest(mutant, outcome, judge)) })
  }
  return { refused, read: cases - refused - findings.length, findings }
}

function mutantOf({ samples, mutate, reseal }: FuzzTarget, random: Random): Uint8Array {
  const draw = () => samples[random.nextInt(samples.length)] as Uint8Array
  const sample = draw()
  const mutant = mutate?.(sample, random) ?? mutateBytes(sample, random, draw())
  return reseal !== undefined && random.next() < 0.7 ? reseal(mutant) : mutant
}

type Outcome = 'refused' | 'read' | string

/** `refused`, `read`, or what is wrong. */
async function judged(target: FuzzTarget, bytes: Uint8Array, sound: readonly unknown[]): Promise<Outcome> {
  const [began, memory] = [performance.now(), process.memoryUsage.rss()]
  const outcome = await attempt(target, bytes, sound)
  if (performance.now() - began > MOST_MS) return 'it takes too long'
  return process.memoryUsage.rss() - memory > MOST_BYTES ? 'it takes too much memory' : outcome
}

async function attempt(target: FuzzTarget, bytes: Uint8Array, sound: readonly unknown[]): Promise<Outcome> {
  let value: unknown
  try {
    value = await target.decode(bytes)
  } catch (error) {
    const expected = error instanceof SluiceError && (error.kind === 'data' || error.kind === 'invalid')
    return expected ? 'refused' : `it throws ${String(error).slice(0, 120)}`
  }
  if (target.sealed && !sound.some((good) => isDeepStrictEqual(good, value))) return 'it reads something else'
  return target.check?.(value) ?? 'read'
}

/** Leaves out what the finding does not need. */
async function smallest(
  bytes: Uint8Array,
  outcome: Outcome,
  judge: (bytes: Uint8Array) => Promise<Outcome>,
): Promise<Uint8Array> {
  let [small, tries] = [bytes, 0]
  for (let size = small.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= small.length && tries < MOST_TRIES; tries++) {
      const shorter = Uint8Array.from([...small.subarray(0, at), ...small.subarray(at + size)])
      if ((await judge(shorter)) === outcome) small = shorter
      else at += size
    }
  }
  return small
}

function textOf(bytes: Uint8Array): string {
  return `${Buffer.from(bytes).toString('hex').slice(0, 2_000)} (${bytes.length} bytes)`
}

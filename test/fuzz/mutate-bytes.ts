import { concatBytes } from '../../src/util/concat-bytes.ts'
import type { Random } from '../../src/util/random.ts'

/** What readers take for counts, lengths, tags and signs. */
const TELLING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0xc0, 0xc8, 0xca, 0xcb, 0xcf, 0xd1, 0xdf] as const
const MOST_STEPS = 4
const LONGEST_INSERT = 24

type Step = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const cut = (bytes: Uint8Array, from: number, until: number): Uint8Array =>
  concatBytes([bytes.subarray(0, from), bytes.subarray(until)])

/** Two places in some bytes, in order. */
function span(bytes: Uint8Array, random: Random): [number, number] {
  const [a, b] = [random.nextInt(bytes.length + 1), random.nextInt(bytes.length + 1)]
  return a < b ? [a, b] : [b, a]
}

function changed(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = byte
  return copy
}

function inserted(bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array {
  return concatBytes([bytes.subarray(0, at), more, bytes.subarray(at)])
}

const truncate: Step = (bytes, random) => bytes.slice(0, random.nextInt(bytes.length + 1))
const flip: Step = (bytes, random) => {
  const at = random.nextInt(bytes.length)
  return changed(bytes, at, (bytes[at] ?? 0) ^ (1 << random.nextInt(8)))
}
const overwrite: Step = (bytes, random) =>
  changed(bytes, random.nextInt(bytes.length), TELLING[random.nextInt(TELLING.length)] ?? 0)
const remove: Step = (bytes, random) => cut(bytes, ...span(bytes, random))
const repeat: Step = (bytes, random) => {
  const [from, until] = span(bytes, random)
  return inserted(bytes, until, bytes.subarray(from, until))
}
const splice: Step = (bytes, random, other) => {
  const [from, until] = span(other, random)
  return inserted(bytes, random.nextInt(bytes.length + 1), other.subarray(from, until))
}
const insert: Step = (bytes, random) => {
  const more = Uint8Array.from({ length: 1 + random.nextInt(LONGEST_INSERT) }, () => random.nextInt(256))
  return inserted(bytes, random.nextInt(bytes.length + 1), more)
}
/** Counts and lengths beyond all bounds, in the forms in which they are written. */
const enormous: Step = (bytes, random) => {
  const more = [
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
    Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
    Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
  ][random.nextInt(4)] as Uint8Array
  const at = random.nextInt(bytes.length + 1)
  return inserted(cut(bytes, at, Math.min(bytes.length, at + random.nextInt(more.length + 1))), at, more)
}

const STEPS = [truncate, flip, flip, overwrite, overwrite, remove, repeat, splice, insert, enormous]

/** Some bytes with a few things wrong in them. */
export function mutateBytes(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutant = bytes
  for (let steps = 1 + random.nextInt(MOST_STEPS); steps > 0; steps--) {
    const step = STEPS[random.nextInt(STEPS.length)] as Step
    if (mutant.length > 0) mutant = step(mutant, random, other)
  }
  return mutant
}

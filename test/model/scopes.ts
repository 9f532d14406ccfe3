import type { Scope } from './world.ts'

const SMALL: Scope = {
  invocations: 2,
  batches: 1,
  records: 1,
  hasForeachRDD: false,
  faults: { crashes: 1, lostSwaps: 1, latePuts: 0 },
}

/** What every run of the tests explores, each to the end. */
export const SCOPES: Readonly<Record<string, Scope>> = {
  'two invocations, two batches, records that arrive in between': { ...SMALL, batches: 2, records: 2 },
  'two invocations whose puts arrive twice': { ...SMALL, faults: { ...SMALL.faults, latePuts: 1 } },
  'two invocations whose functions act on the world': { ...SMALL, records: 2, hasForeachRDD: true },
  'three invocations': { ...SMALL, invocations: 3, faults: { ...SMALL.faults, lostSwaps: 0 } },
}

/** What takes minutes. */
export const LARGE_SCOPES: Readonly<Record<string, Scope>> = {
  'three invocations, an answer lost': { ...SMALL, invocations: 3 },
  'three invocations whose functions act on the world': {
    ...SMALL,
    invocations: 3,
    records: 2,
    hasForeachRDD: true,
    faults: { ...SMALL.faults, lostSwaps: 0 },
  },
  'two invocations, two batches, puts that arrive twice': {
    ...SMALL,
    batches: 2,
    records: 2,
    faults: { ...SMALL.faults, latePuts: 1 },
  },
  'two invocations, two batches, functions that act on the world': {
    ...SMALL,
    batches: 2,
    records: 2,
    hasForeachRDD: true,
  },
}

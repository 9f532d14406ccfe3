import { SluiceError } from '../../util/errors.ts'
import { CHUNK_RECORDS, type Node } from '../node.ts'
import { pushAll } from '../push.ts'

export interface RangeBounds {
  readonly start: number
  /** Not part of it. */
  readonly end: number
  readonly step: number
}

/** Whole numbers at equal distances, made as they are needed. */
export function rangeNode({ start, end, step }: RangeBounds, partitions: number): Node<number> {
  for (const bound of [start, end, step]) if (!Number.isSafeInteger(bound)) throw badRange('whole numbers', bound)
  if (step === 0) throw badRange('a step other than 0 (step cannot be 0)', step)
  const length = Math.max(0, Math.ceil((end - start) / step))
  const first = (partition: number): number => Math.floor((partition * length) / partitions)
  return {
    partitions,
    dependencies: [],
    async compute(partition, task, emit) {
      const until = first(partition + 1)
      const origin = { partition, describe: (index: number) => `element ${index + 1} of the range` }
      for (let at = first(partition); at < until; at += CHUNK_RECORDS) {
        const size = Math.min(CHUNK_RECORDS, until - at)
        const numbers = Array.from({ length: size }, (_, i) => start + (at + i) * step)
        await pushAll(numbers, emit, { task, origin, first: at })
      }
    },
  }
}

function badRange(rule: string, got: number): SluiceError {
  return new SluiceError({ code: 'bad-range', kind: 'invalid', message: `A range takes ${rule}: ${got}` })
}

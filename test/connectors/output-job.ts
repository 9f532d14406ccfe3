import type { Attempt, Token } from '../../src/checkpoint/attempt.ts'
import type { StagedOutput } from '../../src/checkpoint/manifest.ts'
import type { Storage } from '../../src/ports/object-store.ts'
import type { OutputJob, PublishContext } from '../../src/ports/sink.ts'

export const attempt: Attempt = { incarnation: 1, batchTime: 1000, token: 7 as Token, number: 1 }
export const CHECKPOINT = 'file:///ck'

/** Elements in chunks. */
export type Partitions = readonly (readonly (readonly unknown[])[])[]

/** A job over partitions given as chunks of elements. */
export function jobOf(
  partitions: Partitions,
  storage: Storage,
  options: { readonly inlineBytes?: number; readonly checkpoint?: string; readonly attempt?: Attempt } = {},
): OutputJob {
  const of = options.attempt ?? attempt
  return {
    output: 'counts',
    attempt: of,
    partitions: partitions.length,
    run: (task) =>
      Promise.all(
        partitions.map((chunks, partition) =>
          task(
            partition,
            (async function* () {
              yield* chunks
            })(),
          ),
        ),
      ),
    take: async (count) => partitions.flat(2).slice(0, count),
    staging: {
      store: storage.open(options.checkpoint ?? CHECKPOINT),
      key: (output, file) => `staged/t${of.token}/${output}/${file}`,
      inlineBytes: options.inlineBytes ?? 1000,
    },
    replay: false,
    signal: new AbortController().signal,
  }
}

export function publishContext(storage: Storage, options: { checkpoint?: string } = {}): PublishContext {
  return {
    attempt,
    store: storage.open(options.checkpoint ?? CHECKPOINT),
    signal: new AbortController().signal,
  }
}

/** As it is after it has travelled in a manifest. */
export function committed(staged: StagedOutput | undefined): StagedOutput {
  return JSON.parse(JSON.stringify(staged)) as StagedOutput
}

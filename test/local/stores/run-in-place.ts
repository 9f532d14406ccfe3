import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineApp } from '../../../src/dstream/define-app.ts'
import { localEnvironment } from '../../../src/local/environment.ts'
import { createRuntime } from '../../../src/scheduler/create-runtime.ts'
import { runInvocation } from '../../../src/scheduler/run-invocation.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import { seconds } from '../../../src/util/time.ts'

const FILES = 2
const WORDS = 4_000

/** Two files: a batch each, whose state and outputs are too large to travel in the head. */
export function writeInput(place: string): void {
  mkdirSync(join(place, 'in'), { recursive: true })
  for (let file = 0; file < FILES; file++) {
    const words = Array.from({ length: WORDS }, (_, i) => `word-${(i * (file + 1)) % WORDS}`)
    writeFileSync(join(place, 'in', `${file}.txt`), `${words.join(' ')}\n`)
  }
}

function application(place: string) {
  return defineApp({ name: 'counts', batchInterval: seconds(1) }, (ssc) => {
    ssc
      .textFileStream(join(place, 'in'), { newFilesOnly: false, maxFilesPerBatch: 1 })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .updateStateByKey<number>((ones, count = 0) => ones.length + count)
      .transform((rdd) => rdd.sortByKey())
      .saveAsTextFiles(join(place, 'out', 'counts'))
  })
}

/** Runs whatever is to be run in a place: as another process would that finds the one before it dead. */
export async function runInPlace(place: string, signal?: AbortSignal): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const environment = localEnvironment({ checkpoint: join(place, 'checkpoint'), log })
  const runtime = createRuntime(application(place), {}, { ...environment, leaseAbandoned: () => true })
  await runInvocation(runtime, {
    ...{ deadlineMs: Number.POSITIVE_INFINITY, marginMs: 0, due: 'source', zeroTime: 0, impatient: true },
    ...(signal && { signal }),
  })
}

/** The codes of an error and of its causes. */
export function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof SluiceError)) return [String(error)]
  return error.cause instanceof SluiceError ? [error.code, ...codesOf(error.cause)] : [error.code]
}

// As a process of its own: says how it ended.
if (process.argv[1]?.endsWith('run-in-place.ts')) {
  const ended = await runInPlace(process.argv[2] ?? '').then(() => ['done'], codesOf)
  process.stdout.write(`${JSON.stringify(ended)}\n`)
}

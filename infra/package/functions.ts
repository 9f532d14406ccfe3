import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** One function as it is deployed. `serverless.yml` names the same archives; a test compares the two. */
export interface PackagedFunction {
  /** `word-count-batch` for `functions/word-count/batch.ts`. */
  readonly name: string
  readonly entry: string
  /** What is in the archive, as files. */
  readonly folder: string
  readonly archive: string
}

const ENTRY_POINTS = ['batch', 'http'] as const

/** Every `batch.ts` and `http.ts` in a folder of its own below `functions`, in order of their names. */
export function findFunctions(functions: string, out: string): PackagedFunction[] {
  const applications = existsSync(functions) ? readdirSync(functions).sort() : []
  return applications.flatMap((application) =>
    ENTRY_POINTS.flatMap((kind) => {
      const entry = join(functions, application, `${kind}.ts`)
      const name = `${application}-${kind}`
      return existsSync(entry)
        ? [{ name, entry, folder: join(out, 'functions', name), archive: join(out, `${name}.zip`) }]
        : []
    }),
  )
}

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Application, isApplication } from '../dstream/define-app.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { UsageError } from './usage-error.ts'

/** The application that a module exports by default. */
export async function loadApplication(file: string): Promise<Application> {
  const path = resolve(file)
  if (!existsSync(path))
    throw new UsageError(
      `There is no file ${file}; name the module that exports the application, as in functions/word-count.ts`,
    )
  const module = await importModule(path, file)
  if (isApplication(module.default)) return module.default
  throw new SluiceError({
    code: 'not-an-application',
    kind: 'invalid',
    message: `The module must export an application by default: export default defineApp({ … }, (ssc) => { … }): ${file}`,
  })
}

async function importModule(path: string, file: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    if (error instanceof SluiceError) throw error
    throw new SluiceError({
      code: 'application-not-loaded',
      kind: 'invalid',
      message: `The application's module cannot be loaded: ${messageOf(error).replaceAll('\n', ' ')} (${placeOf(error) ?? file})`,
      cause: error,
    })
  }
}

/** `app.ts:12:3`, where the application's own code threw. */
function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frames = stack.matchAll(/^\s+at (?:.*\()?(?:file:\/\/)?([^()]*:\d+:\d+)\)?$/gm)
  const places = Array.from(frames, ([, place = '']) => place)
  return places.find((place) => !place.startsWith('node:') && !place.includes('/node_modules/') && !isOurs(place))
}

function isOurs(place: string): boolean {
  return place.startsWith(fileURLToPath(new URL('..', import.meta.url)))
}

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { textFolder } from './word-folder.ts'

/** Where one run of an application reads and writes. */
export interface Place {
  readonly directory: string
  readonly input: string
  readonly output: string
  readonly checkpoint: string
}

/** A place with real text to read. */
export function textPlace(t: TestContext): Place {
  const directory = tempDirectory(t)
  const input = textFolder(join(directory, 'in'))
  return { directory, input, output: join(directory, 'out'), checkpoint: join(directory, 'checkpoint') }
}

/** `sluice run` of an application there, from time 0. */
export function runThere(app: string, place: Place, ...more: readonly string[]): string[] {
  return [...placed(app, place), '--start', '0', ...more]
}

/** The same without a zero time. */
export function placed(app: string, { input, output, checkpoint }: Place): string[] {
  const sets = ['--set', `in=${input}`, '--set', `out=${join(output, 'words')}`]
  return ['run', app, ...sets, '--checkpoint', checkpoint]
}

export function batchDirectories({ output }: Place): string[] {
  return readdirSync(output).map((name) => join(output, name))
}

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Something that has to be downloaded or made once. */
export interface Part {
  readonly name: string
  /** Everything that decides what `make` makes: another text means another folder. */
  readonly pins: string
  make(folder: string): Promise<void>
}

/** Tells the user what takes long. */
export type Say = (text: string) => void

/**
 * The folder of a part below `home`, made if it is not there. Its name tells what is in it, and it appears whole or not at
 * all: an interrupted run leaves nothing that a later one takes for complete, and two at once do not meet.
 */
export async function provide(part: Part, home: string, say: Say = console.log): Promise<string> {
  const hash = createHash('sha256').update(part.pins).digest('hex').slice(0, 12)
  const folder = join(home, `${part.name}-${hash}`)
  if (existsSync(folder)) return folder
  say(`setting up ${part.name} in ${folder}`)
  const unfinished = `${folder}.${process.pid}`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  try {
    await part.make(unfinished)
    renameSync(unfinished, folder)
  } catch (error) {
    // Somebody else may have been faster.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}

export function textOf(file: string | URL): string {
  return readFileSync(file, 'utf8')
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The Node that runs functions here: Lambda's version, which comes as a development dependency. Where that could not be
 * installed it is the one that runs this.
 */
export function functionNode(): string {
  const packaged = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  return existsSync(packaged) ? packaged : process.execPath
}

import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'
import { register } from 'tsx/esm/api'
import * as esModules from './es-modules.js'
import * as oneCopy from './one-copy.js'

/** Only the repository has it: there, the sources run as they are; a published package has them compiled. */
const tsconfig = fileURLToPath(new URL('../../tsconfig.json', import.meta.url))
const inRepository = existsSync(tsconfig)

/** Runs the command in this very process and returns its exit code. */
export async function launch(argv) {
  // Which Node it takes is for Sluice to say, and `require-node.cjs` has: the AWS SDK's own advice would only puzzle.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  prepareImports()
  const { main } = await import(inRepository ? './main.ts' : '../../dist/cli/main.js')
  return main(argv)
}

/** From here on, applications can be imported: in TypeScript, from wherever they lie, with this very copy of Sluice. */
export function prepareImports() {
  // What is registered later is asked first: `sluice` is redirected, then found by tsx, then its format is decided.
  addHook('./es-modules.js', esModules)
  register(inRepository ? { tsconfig } : {})
  addHook('./one-copy.js', oneCopy)
}

/** Node 20 has only hooks in a thread of their own, which are loaded from a file. */
function addHook(file, hooks) {
  if (module.registerHooks) module.registerHooks(hooks)
  else module.register(file, import.meta.url)
}

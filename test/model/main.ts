/** Explores what takes minutes: `node --import tsx test/model/main.ts`. */
import { explore } from './explore.ts'
import { LARGE_SCOPES } from './scopes.ts'

for (const [name, scope] of Object.entries(LARGE_SCOPES)) {
  const { worlds, violation = 'no promise is broken' } = explore(scope)
  console.log(`${name}: ${worlds} worlds, ${violation}`)
  if (violation.startsWith('(')) process.exitCode = 1
}

#!/usr/bin/env node
// The command `sluice`. Nothing newer than Node 12 here: an old Node must get as far as being told that it is too old.
import './require-node.cjs'

import('./launch.js')
  .then(({ launch }) => launch(process.argv.slice(2)))
  .catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    return 1
  })
  .then(endWith)

// The work is done: what an application has left open (a pool, a timer) must not keep the process. All is written first,
// and whoever listens to stdout hears that it could not be.
function endWith(exitCode) {
  process.exitCode = exitCode
  process.stdout.write('', () => process.stderr.write('', () => setImmediate(() => process.exit())))
}

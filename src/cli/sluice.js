#!/usr/bin/env node
// The command `sluice`. Nothing newer than Node 12 here: an old Node must get as far as being told that it is too old.
import './require-node.cjs'

import('./launch.js')
  .then(({ launch }) => launch(process.argv.slice(2)))
  .then((exitCode) => {
    process.exitCode = exitCode
  })
  .catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = 1
  })

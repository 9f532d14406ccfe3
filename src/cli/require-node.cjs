'use strict'
// Runs before anything else does, and on any Node since 12, so that an old one gets this line and not a syntax error.
const minimum = require('../../package.json').engines.node.replace(/[^\d.]/g, '')

function numbers(version) {
  return version.split('.').map(Number)
}

function isOlder(version, other) {
  const place = numbers(version).findIndex((part, i) => part !== numbers(other)[i])
  return place >= 0 && numbers(version)[place] < numbers(other)[place]
}

if (isOlder(process.versions.node, minimum)) {
  process.stderr.write(
    `Sluice needs Node.js ${minimum} or later; install one from https://nodejs.org. This is ${process.version}\n`,
  )
  process.exit(1)
}

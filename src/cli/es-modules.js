import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A line that begins with `export` or `import`, but not TypeScript's `import x = require('y')`, which only CommonJS has. */
const moduleSyntax = /^\s*(?:export\b|import\s*["'{*]|import\s+(?!\w+\s*=)\w)/m

/**
 * Module hook: a file with `import` or `export` is an ES module, also where its package.json is missing or says `commonjs`
 * (as `npm init` does). Compiled to CommonJS it would `require` a second copy of Sluice.
 */
export function resolve(specifier, context, nextResolve) {
  const resolved = nextResolve(specifier, context)
  return resolved instanceof Promise ? resolved.then(asModule) : asModule(resolved)
}

function asModule(resolved) {
  return isUndecided(resolved) && hasModuleSyntax(resolved.url) ? { ...resolved, format: 'module' } : resolved
}

function isUndecided({ url, format }) {
  const mayBeEither = /^file:[^?#]*\.[jt]sx?(?:[?#]|$)/.test(url) && !url.includes('/node_modules/')
  return mayBeEither && (!format || format.startsWith('commonjs'))
}

function hasModuleSyntax(url) {
  try {
    return moduleSyntax.test(readFileSync(fileURLToPath(url), 'utf8'))
  } catch {
    return false // Whoever loads the file says what is wrong with it.
  }
}

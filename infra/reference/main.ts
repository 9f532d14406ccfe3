import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REFERENCE, referencePages } from './reference.ts'

/** Writes the reference anew: `npm run docs`. */
rmSync(REFERENCE, { recursive: true, force: true })
mkdirSync(REFERENCE, { recursive: true })
const pages = referencePages()
for (const [name, page] of pages) writeFileSync(join(REFERENCE, name), page)
process.stdout.write(`${pages.size} pages in ${REFERENCE}\n`)

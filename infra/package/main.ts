/**
 * `npm run package [-- --stage STAGE] [--verbose]`: builds and zips every function exactly as it would be deployed, offline
 * and without an account, into `.package/`, and prints the size and the initialisation time of each.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { environmentOf, readTemplate } from '../template.ts'
import { initialisationMs } from './initialisation.ts'
import { type Packaged, packageFunctions } from './package-functions.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { stage: { type: 'string', default: 'dev' }, verbose: { type: 'boolean', default: false } },
  })
  const { functions, folder } = await packageFunctions({ root, stage: values.stage })
  const template = readTemplate(folder)
  for (const fn of functions) {
    print(fn, await initialisationMs(fn, environmentOf(template, fn.name)))
    if (values.verbose) for (const [name, bytes] of fn.packages) console.log(`  ${kib(bytes)} KiB  ${name}`)
  }
  console.log(`\nTo deploy: npx osls deploy --stage ${values.stage} --package ${folder.slice(root.length)}`)
}

function print({ name, bundleBytes, zipBytes }: Packaged, initMs: number): void {
  const sizes = `${kib(zipBytes)} KiB zipped, with source map (bundle ${kib(bundleBytes)} KiB)`
  console.log(`${name.padEnd(20)} ${sizes}  initialisation ${initMs.toFixed(0)} ms`)
}

function kib(bytes: number): string {
  return (bytes / 1024).toFixed(0).padStart(5)
}

await main()

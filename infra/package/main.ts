import { fileURLToPath } from 'node:url'
import { readOptions, runMain } from '../command-line.ts'
import { environmentOf, readTemplate } from '../template.ts'
import { initialisationMs } from './initialisation.ts'
import { type Packaged, packageFunctions } from './package-functions.ts'

const HELP = `npm run package [-- --stage STAGE] [--region REGION] [--param NAME=VALUE …] [--verbose]

Builds and zips every function exactly as it would be deployed, offline and without an account, into .package/, and prints
the size and the initialisation time of each.

  --stage    whose parameters apply (dev)
  --region   where it will be deployed (AWS_REGION, else us-east-1)
  --param    overrides a parameter of serverless.yml
  --verbose  what is in each bundle, by package

Example: npm run package -- --stage prod --param quietMinutes=10`

const root = fileURLToPath(new URL('../..', import.meta.url))

async function main(): Promise<void> {
  const { stage, region, param, verbose } = readOptions(
    {
      stage: { type: 'string', default: 'dev' },
      region: { type: 'string' },
      param: { type: 'string', multiple: true },
      verbose: { type: 'boolean' },
    } as const,
    HELP,
  )
  const { functions, folder } = await packageFunctions({ root, stage, region, params: param })
  const template = readTemplate(folder)
  for (const fn of functions) {
    print(fn, await initialisationMs(fn, environmentOf(template, fn.name)))
    if (verbose) for (const [name, bytes] of fn.packages) console.log(`  ${kib(bytes)} KiB  ${name}`)
  }
  const where = region === undefined ? '' : ` --region ${region}`
  console.log(`\nTo deploy: npx osls deploy --stage ${stage}${where} --package ${folder.slice(root.length)}`)
}

function print({ name, bundleBytes, zipBytes }: Packaged, initMs: number): void {
  const sizes = `${kib(zipBytes)} KiB zipped, with source map (bundle ${kib(bundleBytes)} KiB)`
  console.log(`${name.padEnd(20)} ${sizes}  initialisation ${initMs.toFixed(0)} ms`)
}

function kib(bytes: number): string {
  return (bytes / 1024).toFixed(0).padStart(5)
}

await runMain(main)

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { osls } from '../osls.ts'
import { bundle } from './bundle.ts'
import { findFunctions, type PackagedFunction } from './functions.ts'
import { zip } from './zip.ts'

export interface PackageOptions {
  /** The folder that holds `serverless.yml` and `infra`. */
  readonly root: string
  /** Where the entry points are; `functions` below the root by default. */
  readonly functions?: string
  readonly stage: string
  /** By default AWS_REGION, else `us-east-1`. */
  readonly region?: string | undefined
  /** `NAME=VALUE`, instead of the stage's parameters. */
  readonly params?: readonly string[] | undefined
}

export interface Packaged extends PackagedFunction {
  readonly bundleBytes: number
  readonly zipBytes: number
  readonly packages: readonly (readonly [name: string, bytes: number])[]
}

export interface Deployment {
  readonly functions: readonly Packaged[]
  /** What `osls deploy --package` takes. */
  readonly folder: string
}

/** Builds and zips every function exactly as it is deployed, then the template of a stage; needs no account or network. */
export async function packageFunctions(options: PackageOptions): Promise<Deployment> {
  const { root, functions, stage, region, params = [] } = options
  const out = join(root, '.package')
  const source = functions ?? join(root, 'functions')
  const found = findFunctions(resolve(source), out)
  if (found.length === 0) throw new Error(`No functions to package: no */batch.ts or */http.ts in ${source}`)
  const packaged: Packaged[] = []
  for (const fn of found) packaged.push(await packageOne(fn, root))
  const folder = join(out, `deploy-${stage}`)
  const place = region === undefined ? [] : ['--region', region]
  const overrides = params.map((param) => `--param=${param}`)
  await osls(['package', '--stage', stage, ...place, ...overrides, '--package', folder], { folder: root })
  return { functions: packaged, folder }
}

async function packageOne(fn: PackagedFunction, root: string): Promise<Packaged> {
  const { sizeBytes, packages } = await bundle(fn, root)
  const names = readdirSync(fn.folder).sort()
  const archive = zip(names.map((name) => ({ name, bytes: readFileSync(join(fn.folder, name)) })))
  mkdirSync(join(root, '.package'), { recursive: true })
  writeFileSync(fn.archive, archive)
  return { ...fn, bundleBytes: sizeBytes, zipBytes: archive.length, packages }
}

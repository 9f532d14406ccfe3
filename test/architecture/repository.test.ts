import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sourceFiles } from './source-file.ts'

const longestFile = 400

interface Locked {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function json<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

/** What is in the repository; elsewhere, as in an unpacked archive, there is nothing to ask and nothing to check. */
function committedFiles(): string[] {
  if (!existsSync('.git')) return []
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  return listed.split('\0').filter((path) => path !== '' && existsSync(path))
}

test(`no file of code is longer than ${longestFile} lines`, () => {
  const files = ['src', 'functions', 'infra', 'test'].filter(existsSync).flatMap(sourceFiles)
  const long = files.filter(({ lines }) => lines > longestFile)
  assert.deepEqual(
    long.map(({ path, lines }) => `${path}: ${lines}`),
    [],
  )
})

test('no file names a place on the machine of whoever wrote it', () => {
  const machinePath = /(?:^|[\s'"`(=:])\/(?:home|root|Users|work)\/\w/
  const binary = /\.(png|gif|jpe?g|ico|gz|zip|parquet|bin)$/
  const found = committedFiles()
    .filter((path) => !binary.test(path))
    .flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, index) => (machinePath.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
    )
  assert.deepEqual(found, [])
})

test('package.json exports every public entry of src, and TypeScript finds the same', () => {
  const { exports } = json<{ readonly exports: Readonly<Record<string, unknown>> }>('package.json')
  const { compilerOptions } = json<{
    readonly compilerOptions: { readonly paths: Readonly<Record<string, string[]>> }
  }>('tsconfig.json')
  const exported = Object.keys(exports).filter((entry) => entry !== './package.json')
  const paths = Object.entries(compilerOptions.paths)
  assert.deepEqual(
    paths.map(([name]) => name),
    exported.map((entry) => entry.replace(/^\./, 'sluice')),
  )
  assert.deepEqual(
    paths.flatMap(([, files]) => files),
    exported.map((entry) => `./src${entry.slice(1)}/index.ts`),
  )
  const entries = sourceFiles('src').filter(({ path }) => /^src\/([^/]+\/)?index\.ts$/.test(path))
  assert.deepEqual(
    entries.map(({ path }) => `./${path}`).filter((path) => !paths.some(([, files]) => files.includes(path))),
    [],
  )
})

test('the lock file serves every platform and every registry', () => {
  const { packages } = json<{ readonly packages: Readonly<Record<string, Locked>> }>('package-lock.json')
  const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)))
  const missing = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).filter((name) => !names.has(name)),
  )
  assert.deepEqual(missing, [], 'npm ci refuses a lock file that lacks them')
  const hosts = Object.entries(packages).filter(([, { resolved }]) => resolved?.startsWith('http'))
  assert.deepEqual(
    hosts.map(([path]) => path),
    [],
  )
})

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isApplication } from 'sluice'
import { compilerErrors } from './compile-folder.ts'
import { exampleModule, type Origin } from './example-module.ts'
import * as prelude from './prelude.ts'
import { examples, files, publicApi } from './public-api.ts'
import { documentedFile, type Example } from './source-docs.ts'

const home = process.cwd()
// Below the repository, so that imports are found as in its own files, and ignored by git.
mkdirSync('.sluice', { recursive: true })
const folder = resolve(mkdtempSync(join('.sluice', 'examples-')))
const workplace = mkdtempSync(join(tmpdir(), 'sluice-examples-'))
after(async () => {
  process.chdir(home)
  await prelude.closePrelude()
  for (const made of [folder, workplace]) rmSync(made, { recursive: true, force: true })
})

function writeModule(example: Example): string {
  const path = join(folder, `${example.path.replaceAll('/', '-').replace(/\.ts$/, '')}-${example.line}.ts`)
  writeFileSync(
    path,
    exampleModule(example, (name) => originOf(example, name)),
  )
  return path
}

/** Public symbols come from where users import them, then those of the example's own file, then the prelude. */
function originOf(example: Example, name: string): Origin | undefined {
  const known = publicApi.find((symbol) => symbol.name === name)
  if (known) return { specifier: known.entry, isType: known.isType }
  const own = files.get(example.path)?.declarations.find((declaration) => declaration.name === name)
  if (own) return { specifier: fromFolder(example.path), isType: own.isType }
  return Object.hasOwn(prelude, name) ? { specifier: fromFolder('test/examples/prelude.ts') } : undefined
}

function fromFolder(path: string): string {
  return relative(folder, resolve(home, path))
}

const modules = examples.map((example) => ({ example, path: writeModule(example) }))
// Examples name things only to show them.
const compiled = compilerErrors(folder, { noUnusedLocals: false, noUnusedParameters: false })

for (const { example, path } of modules) {
  test(`${example.path}:${example.line} ${example.symbol}: the example holds`, async () => {
    prepare()
    await run(await import(pathToFileURL(path).href))
  })
}

/** What examples read is there, and what they write is nobody's. */
function prepare(): void {
  process.chdir(mkdtempSync(join(workplace, 'run-')))
  Object.assign(process.env, prelude.variables)
  mkdirSync('data/in', { recursive: true })
  writeFileSync('data/in/song.txt', 'row row\nrow your boat\n')
  mkdirSync('data/records')
  writeFileSync('data/records/song', 'row row row boat')
}

interface ExampleModule {
  readonly default?: unknown
  readonly build?: Parameters<typeof prelude.runStreams>[0]
  readonly handler?: (
    event: unknown,
    context: unknown,
  ) => Promise<{ readonly outcome?: string; readonly statusCode?: number }>
}

async function run(example: ExampleModule): Promise<void> {
  if (example.build) await prelude.runStreams(example.build)
  if (isApplication(example.default)) await prelude.runQuietly(example.default)
  if (example.handler === undefined) return
  const { outcome, statusCode } = await example.handler(request, { getRemainingTimeInMillis: () => 10_000 })
  // Nothing has been committed yet; nothing is due either, unless a minute begins just now.
  assert.ok(outcome === 'idle' || outcome === 'committed' || statusCode === 503, `${outcome} ${statusCode}`)
}

/** What a function URL sends for `GET /health`; a trigger of no particular time to the batch function. */
const request = {
  version: '2.0',
  rawPath: '/health',
  rawQueryString: '',
  headers: { authorization: `Bearer ${prelude.token}` },
  requestContext: { http: { method: 'GET', path: '/health' }, domainName: 'localhost' },
  isBase64Encoded: false,
}

test('every example passes the compiler', async () => {
  assert.deepEqual(await compiled, [])
})

function exampleOf(...code: string[]): Example {
  const block = ['Sings.', '', '@example', '```ts', ...code, '```'].map((line) => ` * ${line}`)
  const [example] = documentedFile('src/sing.ts', ['/**', ...block, ' */', 'function sing() {}'].join('\n')).examples
  assert.ok(example)
  return example
}

test('an example whose value, error or batch is another fails', async () => {
  const examples = [
    exampleOf('const two = 1 + 1 // 2', 'two + 1 // 4'),
    exampleOf("new Time(1) // throws 'not-whole-milliseconds'"),
    exampleOf("words // [['row', 'row'], ['row', 'your', 'bark']]"),
  ]
  for (const [index, example] of examples.entries()) {
    const module = import(pathToFileURL(writeModule({ ...example, line: index })).href)
    await assert.rejects(module.then(run), { name: 'AssertionError' }, example.code)
  }
})

test('a comment behind a statement that is no value is refused', () => {
  assert.throws(() => writeModule(exampleOf('1 + 1 // all of them')), /is its value: src\/sing.ts:6: all of them/)
})

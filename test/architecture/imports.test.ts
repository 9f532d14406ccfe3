import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { globalUses } from './ambient.ts'
import { findCycles } from './cycles.ts'
import { folderOf, isKnown, mayImport, pureFolders } from './folder-table.ts'
import { parseSource, type SourceFile, sourceFiles, target } from './source-file.ts'

const src = sourceFiles('src')

function each(find: (file: SourceFile) => readonly string[]): string[] {
  return src.flatMap(find)
}

test('every folder of src has its row in the table', () => {
  const folders = new Set(src.map(({ path }) => folderOf(path)).filter((folder) => folder !== undefined))
  assert.deepEqual(
    [...folders].filter((folder) => !isKnown(folder)),
    [],
  )
})

test('a folder imports only what its row of the table names', () => {
  const wrong = each((file) =>
    file.imports.flatMap((imported) => {
      const path = target(file, imported)
      const allowed = path === undefined || !path.startsWith('src/') || mayImport(file.path, path)
      return allowed ? [] : [`${file.path}:${imported.line} imports ${path}`]
    }),
  )
  assert.deepEqual(wrong, [])
})

test('src imports nothing of the repository outside src, and itself by path, not by name', () => {
  const wrong = each((file) =>
    file.imports.flatMap(({ specifier, line }) => {
      const path = target(file, { specifier })
      const outside = path !== undefined && !path.startsWith('src/') && path !== 'package.json'
      return outside || /^sluice(\/|$)/.test(specifier) ? [`${file.path}:${line} imports ${specifier}`] : []
    }),
  )
  assert.deepEqual(wrong, [])
})

// Types that name each other, as a head and its manifest do, are no circle: nothing of them is left when the code runs.
test('no files of src load each other in a circle', () => {
  const loads = (file: SourceFile) => file.imports.filter(({ typeOnly }) => !typeOnly)
  const graph = src.map((file) => [file.path, loads(file).flatMap((loaded) => target(file, loaded) ?? [])] as const)
  assert.deepEqual(findCycles(new Map(graph)), [])
})

test('the oracle of simulations loads nothing of src but the hash of keys and the text of elements', () => {
  const loaded = sourceFiles('test/sim/oracle').flatMap((file) =>
    file.imports.filter(({ typeOnly }) => !typeOnly).flatMap((imported) => target(file, imported) ?? []),
  )
  const ofSrc = loaded.filter((path) => path.startsWith('src/')).toSorted()
  assert.deepEqual([...new Set(ofSrc)], ['src/util/hash.ts', 'src/util/text.ts'])
})

test('only src/aws imports the AWS SDK', () => {
  const wrong = each((file) =>
    file.imports
      .filter(({ specifier }) => /^@(aws-sdk|smithy)\//.test(specifier) && folderOf(file.path) !== 'aws')
      .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`),
  )
  assert.deepEqual(wrong, [])
})

/** What looks for a thing of Node's at run time, and does without where it is missing. */
const detecting = ['src/rdd/accumulators/task-updates.ts']

test('folders that run anywhere use nothing that only Node has', () => {
  const wrong = each((file) => {
    const folder = folderOf(file.path)
    if ((folder !== undefined && !pureFolders.includes(folder)) || detecting.includes(file.path)) return []
    const modules = file.imports.filter(({ specifier }) => specifier.startsWith('node:'))
    return [
      ...modules.map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`),
      ...globalUses(file, ['Buffer', 'process', 'require', '__dirname', 'setImmediate']).map(
        ({ text, line }) => `${file.path}:${line} uses ${text}`,
      ),
    ]
  })
  assert.deepEqual(wrong, [])
})

test('only src/index.ts and the entries of public sub-paths are called index', () => {
  const nested = src.filter(({ path }) => /^src\/.+\/.+\/index\.[jt]s$/.test(path)).map(({ path }) => path)
  assert.deepEqual(nested, [])
})

test('every relative import names an existing file, extension included', () => {
  const missing = each((file) =>
    file.imports.flatMap((imported) => {
      const path = target(file, imported)
      const compiled = path?.startsWith('dist/') === true
      return path === undefined || compiled || existsSync(path) ? [] : [`${file.path}:${imported.line} imports ${path}`]
    }),
  )
  assert.deepEqual(missing, [])
})

test('imports of every form are seen, those of types too', () => {
  const text = `import a from 'a'; import type { B } from 'b'; export * from 'c'; export type { D } from 'd'
    const e = import('e'); type F = import('f').F; import 'g'; import h = require('h'); // import 'comment'`
  const { imports } = parseSource('src/x.ts', text)
  assert.deepEqual(imports.map(({ specifier }) => specifier).sort(), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
  assert.deepEqual(
    imports
      .filter(({ typeOnly }) => typeOnly)
      .map(({ specifier }) => specifier)
      .sort(),
    ['b', 'd', 'f'],
  )
})

test('the table refuses what lies below', () => {
  assert.equal(mayImport('src/util/time.ts', 'src/ports/clock.ts'), false)
  assert.equal(mayImport('src/aws/s3.ts', 'src/local/system-clock.ts'), false)
  assert.equal(mayImport('src/scheduler/run.ts', 'src/connectors/file-source.ts'), false)
  assert.equal(mayImport('src/cli/main.ts', 'src/aws/index.ts'), true)
})

test('a circle is found, however long', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', ['d']],
  ])
  assert.deepEqual(findCycles(graph), ['a > b > c > a', 'd > d'])
})

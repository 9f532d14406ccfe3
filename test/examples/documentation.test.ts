import assert from 'node:assert/strict'
import { test } from 'node:test'
import { examples, files, publicApi } from './public-api.ts'
import { proseOf } from './source-docs.ts'

/** Their public methods are what users write all day. */
const shownByMethod = ['DStream', 'StreamBuilder', 'RDD', 'SparkContext', 'Time', 'Duration']
/** Called by whoever runs a batch, with what only they have. */
const internal = ['DStream.getOrCompute']

test('every public symbol is declared where its entry says', () => {
  const missing = publicApi.filter(({ own }) => own.length === 0)
  assert.deepEqual(
    missing.map(({ entry, name }) => `${entry} ${name}`),
    [],
  )
  assert.ok(publicApi.length > 0)
})

test('every public symbol says in a sentence what it is, and so does every public method', () => {
  const silent = publicApi.flatMap(({ path, own, members }) => {
    const heads = [...own.map((declaration) => ({ ...declaration, path })), ...members]
    const told = new Set(heads.filter(({ doc }) => isSentence(proseOf(doc))).map(({ name }) => name))
    return heads.filter(({ name }) => !told.has(name)).map((head) => `${head.path}:${head.line} ${head.name}`)
  })
  assert.deepEqual(silent, [])
})

/** A colon leads over to an example. */
function isSentence(prose: string): boolean {
  return /[.:]$/.test(prose)
}

test('every public symbol that is there at run time has one example', () => {
  const counts = publicApi
    .filter(({ isType }) => !isType)
    .map(({ path, name }) => ({ path, name, examples: codesOf(path, name).length }))
  assert.deepEqual(
    counts.filter((symbol) => symbol.examples !== 1),
    [],
  )
})

test('every public method is shown in an example: of its class, its own, or that of another method', () => {
  const missing = publicApi
    .filter(({ name }) => shownByMethod.includes(name))
    .flatMap(({ path, name: type, members }) =>
      members.filter((member) => {
        const used = new RegExp(`\\.${member.name.slice(type.length + 1)}\\b`)
        const others = members.flatMap((other) => codesOf(other.path, other.symbol))
        return ![...codesOf(path, type), ...others].some((code) => used.test(code))
      }),
    )
  assert.deepEqual([...new Set(missing.map(({ name }) => name))], internal)
})

test('every example below src is a block of TypeScript above what it belongs to, and so one that is run', () => {
  const unread = [...files.values()].filter((file) => file.examples.length !== file.tags)
  assert.deepEqual(
    unread.map(({ path, tags, examples: read }) => `${path}: ${tags} examples, of which ${read.length} are read`),
    [],
  )
})

function codesOf(path: string, symbol: string): string[] {
  return examples.filter((example) => example.path === path && example.symbol === symbol).map(({ code }) => code)
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textLines } from '../../../src/rdd/formats/text-lines.ts'

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function lines(text: string | Uint8Array, size = 1e9, maxLineBytes = 1e9): Promise<string[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const all: string[] = []
  for await (const chunk of textLines(pieces(bytes, size), { url: 'file:///x', maxLineBytes })) {
    assert.ok(chunk.length > 0 && chunk.length <= 8192)
    for (const line of chunk) all.push(line)
  }
  return all
}

/** What Hadoop's line reader does, said in one expression. */
function expected(text: string): string[] {
  const all = text.split(/\r\n|\r|\n/)
  if (all.at(-1) === '') all.pop()
  return all
}

const SAMPLES = [
  '',
  '\n',
  '\r',
  '\r\n',
  'a',
  'a\n',
  'a\nb',
  'a\r\nb\r\n',
  'a\rb\r',
  '\r\r\n\n',
  'a\n\nb',
  '\n\r',
  'äöü\n€𝄞\r\nx',
  'a\r\n\r\nb\rc\nd',
]

test('lines end with \\n, \\r\\n or \\r, and the last one need not end, wherever the bytes are cut', async () => {
  for (const sample of SAMPLES) {
    for (const size of [1, 2, 3, 4, 5, 7, 1000]) {
      assert.deepEqual(await lines(sample, size), expected(sample), `${JSON.stringify(sample)} in pieces of ${size}`)
    }
  }
})

test('any text gives the same lines however it is cut', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  let state = seed
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >> 8) % below
  }
  const alphabet = ['a', 'bc', 'é', '€', '𝄞', '\n', '\r', '\r\n', ' ', '\ufeff']
  for (let round = 0; round < 300; round++) {
    const text = `x${Array.from({ length: next(60) }, () => alphabet[next(alphabet.length)]).join('')}`
    assert.deepEqual(await lines(text, 1 + next(9)), expected(text), `seed ${seed}, round ${round}`)
  }
})

test('a byte order mark is dropped at the start only', async () => {
  for (const size of [1, 2, 100]) {
    assert.deepEqual(await lines('\ufeffa\n\ufeffb\n', size), ['a', '\ufeffb'])
  }
})

test('malformed UTF-8 is replaced and does not touch the next line', async () => {
  const bytes = Uint8Array.of(0x61, 0xc3, 0x0a, 0xff, 0x62, 0x0a, 0xe2, 0x82)
  for (const size of [1, 2, 3, 100]) assert.deepEqual(await lines(bytes, size), ['a\ufffd', '\ufffdb', '\ufffd'])
})

test('a line longer than the bound is an error instead of all the memory', async () => {
  await assert.rejects(lines('x'.repeat(2000), 100, 1000), { code: 'line-too-long', kind: 'data' })
  assert.deepEqual(await lines(`${'x'.repeat(900)}\n${'y'.repeat(900)}`, 100, 1000), ['x'.repeat(900), 'y'.repeat(900)])
})

test('chunks stay small when lines are short and the input comes at once', async () => {
  assert.equal((await lines('\n'.repeat(1_000_000))).length, 1_000_000)
})

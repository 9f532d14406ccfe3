import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { firstDifference } from '../../src/scheduler/first-difference.ts'

/** In chunks that end anywhere. */
async function* chunks(text: string | Uint8Array, size = 3): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

const between = (published: string | Uint8Array, replayed: string | Uint8Array, size?: number) =>
  firstDifference(chunks(published, size), chunks(replayed, 5))

test('the first line that differs is found, whatever chunks the bytes come in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^[a-cé]{0,9}$/)),
      fc.nat(8),
      fc.integer({ min: 1, max: 9 }),
      async (lines, at, size) => {
        const text = lines.map((line) => `${line}\n`).join('')
        assert.equal(await between(text, text, size), undefined)
        if (at >= lines.length) return
        const other = lines.with(at, `${lines[at]}x`)
        assert.deepEqual(await between(text, other.map((line) => `${line}\n`).join(''), size), {
          line: at + 1,
          published: lines[at],
          replayed: `${lines[at]}x`,
          publishedLines: lines.length,
          replayedLines: lines.length,
        })
      },
    ),
    { numRuns: 50 },
  )
})

test('a line that only one of them has, or that only one ends, is a difference', async () => {
  const counts = { publishedLines: 2, replayedLines: 1 }
  assert.deepEqual(await between('a\nb\n', 'a\n'), { line: 2, published: 'b', ...counts })
  assert.deepEqual(await between('a\n', 'a'), {
    line: 1,
    published: 'a',
    replayed: 'a',
    publishedLines: 1,
    replayedLines: 1,
  })
  assert.deepEqual(await between('', 'a\n'), { line: 1, replayed: 'a', publishedLines: 0, replayedLines: 1 })
})

test('of a long line the beginning is shown, whole characters of it; of what is no text nothing', async () => {
  const long = `x${'é'.repeat(1_000)}`
  const found = await between(`${long}a\n`, `${long}b\n`)
  assert.equal(found?.published, `x${'é'.repeat(99)}…`)
  assert.equal(found?.published, found?.replayed)
  assert.deepEqual(await between(Uint8Array.of(0, 255, 10), Uint8Array.of(0, 254, 10)), {
    line: 1,
    publishedLines: 1,
    replayedLines: 1,
  })
})

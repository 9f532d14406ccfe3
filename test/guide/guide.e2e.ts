import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { compilerErrors } from '../examples/compile-folder.ts'
import { guideFolder, guidePrograms, type LineServer, type Running, runProgram, startLineServer } from './programs.ts'

const folder = guideFolder()
after(() => folder.remove())

const tested: string[] = []

/** A program of the guide at work, with somebody who types lines for it. */
function guideTest(
  name: string,
  args: readonly string[],
  run: (program: Running, lines: LineServer) => Promise<void>,
  options: { readonly skip?: string | false } = {},
): void {
  tested.push(name)
  test(`${name} of the guide runs as written`, { timeout: 60_000, ...options }, async () => {
    const lines = await startLineServer()
    const program = runProgram(join(folder.path, name), ['127.0.0.1', String(lines.port), ...args])
    try {
      await run(program, lines)
    } finally {
      await program.kill()
      await lines.close()
    }
  })
}

guideTest('network-word-count.ts', [], async (program, lines) => {
  await lines.send('hello world hello')
  const text = await program.prints(/\(hello,2\)/)
  assert.match(text, /-{43}\nTime: \d+ ms\n-{43}\n/)
  await program.prints(/\(world,1\)/)
})

guideTest('stateful-network-word-count.ts', [join(folder.path, 'stateful')], async (program, lines) => {
  await lines.send('hello there')
  await program.prints(/\(hello,2\)/)
  await program.prints(/\(there,1\)/)
  await lines.send('hello')
  await program.prints(/\(hello,3\)/)
})

guideTest('popular-hashtags.ts', ['3'], async (program, lines) => {
  await lines.send('#spark is #streaming and #spark')
  await program.prints(/#spark \(2 tweets\)\n#streaming \(1 tweets\)/)
  await program.prints(/\(2 total\):[\s\S]*\(0 total\):/)
})

test('recoverable-network-word-count.ts of the guide goes on after a kill', { timeout: 60_000 }, async () => {
  const lines = await startLineServer()
  const output = join(folder.path, 'recoverable.txt')
  const args = ['127.0.0.1', String(lines.port), join(folder.path, 'recoverable'), output]
  const file = join(folder.path, 'recoverable-network-word-count.ts')
  const first = runProgram(file, args)
  try {
    await lines.send('a hello b hello')
    await first.prints(/\(hello, 2\)/)
    await first.prints(/Dropped 2 word\(s\) totally/)
    // Killed before its commit, the batch would be run again.
    await first.prints(/\(hello, 2\)[\s\S]*batch-committed/)
  } finally {
    await first.kill()
  }
  const second = runProgram(file, args)
  try {
    await lines.send('c world')
    await second.prints(/\(world, 1\)/)
    await second.prints(/Dropped 1 word\(s\) totally/)
  } finally {
    await second.kill()
    await lines.close()
  }
  const times = [...readFileSync(output, 'utf8').matchAll(/time (\d+) ms/g)].map(([, time]) => Number(time))
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
})
tested.push('recoverable-network-word-count.ts')

const withoutDatabase = Number(process.versions.node.split('.')[0]) < 24 && 'node:sqlite comes with Node 24'
guideTest(
  'word-count-to-database.ts',
  [join(folder.path, 'counts.db')],
  async (program, lines) => {
    await lines.send('row row boat')
    const { DatabaseSync } = await import('node:sqlite')
    const counts = () => {
      const database = new DatabaseSync(join(folder.path, 'counts.db'), { timeout: 10_000 })
      try {
        return database.prepare('SELECT word, count FROM counts ORDER BY word').all()
      } catch {
        return []
      } finally {
        database.close()
      }
    }
    while (counts().length < 2) await new Promise((later) => setTimeout(later, 100))
    assert.deepEqual(
      counts().map(({ word, count }) => [word, count]),
      [
        ['boat', 1],
        ['row', 2],
      ],
    )
    assert.ok(program)
  },
  { skip: withoutDatabase },
)

test('every program of the guide passes the compiler', async () => {
  assert.deepEqual(await compilerErrors(folder.path), [])
})

test('every program of the guide is run', () => {
  assert.deepEqual([...guidePrograms().keys()].sort(), [...tested].sort())
})

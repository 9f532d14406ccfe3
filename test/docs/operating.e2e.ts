import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tempDirectory } from '../contracts/temp-directory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}docs/operating.md`, 'utf8')

/** What a folder is to be before some commands of the page are typed, as the text around them says. */
const BEFORE: Readonly<Record<string, (folder: string) => void>> = {
  'replay orders.ts --checkpoint ./checkpoint --from 10000 --until 30000': (folder) => writeApp(folder, 2),
  'replay orders.ts --checkpoint ./checkpoint --batch 10000': (folder) => {
    writeApp(folder, 1)
    renameSync(join(folder, 'orders/1.txt'), join(folder, '1.txt'))
  },
  'replay orders.ts --checkpoint ./checkpoint --publish --from 10000': (folder) =>
    rmSync(join(folder, 'totals/t-10000/part-00000')),
}

/** The commands on `orders.ts`, as they stand on the page, each with the lines that it prints there. */
const typed = [...page.matchAll(/^ {4}\$ sluice (.* orders\.ts .*)\n((?: {4}[^$].*\n)*)/gm)].map(
  ([, command = '', lines = '']) => ({ command, lines: lines.replace(/^ {4}/gm, '') }),
)

function writeApp(folder: string, times: number): void {
  const [, app = ''] = /```ts\n(\/\/ orders\.ts\n[^`]*(?:`[^`]+`[^`]*)*?)```/.exec(page) ?? []
  assert.match(app, /return Number\(line\)/)
  writeFileSync(join(folder, 'orders.ts'), app.replace('return Number(line)', `return ${times} * Number(line)`))
}

/** Without what differs from run to run. */
function lasting(text: string, folder: string): string {
  return text
    .replaceAll(folder, '/data')
    .replace(/ in \d+ ms/g, ' in 15 ms')
    .replace(/"etag":"[^"]*","mtimeMs":[\d.]+/g, '"etag":"…"')
    .replace(/passing\/[^/]+\//g, 'passing/…/')
    .replace(/, graph [0-9a-f]+/g, ', graph …')
    .replace(/is gone; .*: file:/g, 'is gone; …: file:')
}

/** The words of a command, of which one may be quoted. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

function printed(folder: string, command: string): Promise<string> {
  const args = [`${root}src/cli/sluice.js`, ...wordsOf(command)]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

test('the commands of docs/operating.md print what it says, typed one after the other', async (t) => {
  const folder = realpathSync(tempDirectory(t))
  mkdirSync(join(folder, 'orders'))
  for (const [, text = '', file = ''] of page.matchAll(/printf '([^']*)' > (orders\/\d\.txt)/g))
    writeFileSync(join(folder, file), text.replaceAll('\\n', '\n'))
  writeApp(folder, 1)
  assert.ok(typed.length >= 9, `${typed.length} commands`)
  for (const { command, lines } of typed) {
    BEFORE[command]?.(folder)
    assert.equal(lasting(await printed(folder, command), folder), lasting(lines, folder), command)
  }
})

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * Runs a TypeScript file in a process of its own, compiled, as what people install is; resolves with what it sends, and
 * rejects when it fails or sends nothing. Under `tsx` each function that is made is given its name by a call, which takes
 * longer than many a function of a tiny batch, and the compiler takes as much memory as many an application.
 */
export async function measuredProcess(file: string, args: readonly string[]): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const outfile = join(folder, 'measured.mjs')
    await build({ entryPoints: [file], outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' })
    return await sentBy(outfile, args)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function sentBy(file: string, args: readonly string[]): Promise<unknown> {
  const child = fork(file, args, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let complaints = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  let sent: unknown
  child.on('message', (message) => {
    sent = message
  })
  const [code, signal] = await once(child, 'close')
  assert.equal(signal ?? code, 0, `the measured process failed: ${args.join(' ')}\n${complaints}`)
  assert(sent !== undefined, `the measured process did not say what it took: ${args.join(' ')}`)
  return sent
}

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Runs a TypeScript file in a process of its own; resolves with what it sends. Rejects when it fails or sends nothing. */
export async function measuredProcess(file: string, args: readonly string[]): Promise<unknown> {
  const child = fork(file, args, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
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

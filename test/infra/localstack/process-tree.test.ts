import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { killAll, processTree, stillRunning } from '../../../infra/localstack/host/process-tree.ts'

const SLEEPER = 'setInterval(() => {}, 1000)'
const PARENT = `
const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(SLEEPER)}], { detached: true })
console.log(child.pid)
${SLEEPER}`

test('the tree of a process holds what its children started, and killing it ends them all', {
  timeout: 30_000,
}, async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const tree = await processTree(parent.pid ?? 0)
  assert.deepEqual(tree, [parent.pid, Number(line)])
  const ended = once(parent, 'exit')
  killAll(tree)
  await ended
  // A killed process is gone a little later; one that is spared never.
  while ((await stillRunning(tree)).length > 0) await sleep(20)
})

test('killing what has ended already is no error', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  killAll([child.pid ?? 0])
})

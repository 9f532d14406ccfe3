import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { killAll, processTree, stillRunning } from '../../../infra/localstack/host/process-tree.ts'

const SLEEPER = 'setInterval(() => {}, 1000)'
const PARENT = `
const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(SLEEPER)}], { detached: true })
console.log(child.pid)
${SLEEPER}`

test('the tree of a process holds what its children started, and killing it ends them all', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const tree = await processTree(parent.pid ?? 0)
  assert.deepEqual(tree, [parent.pid, Number(line)])
  const ended = once(parent, 'exit')
  killAll(tree)
  await ended
  assert.deepEqual(await stillRunning(tree), [])
})

test('killing what has ended already is no error', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  killAll([child.pid ?? 0])
})

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openers } from '../../src/connectors/openers.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { MemoryMetrics } from '../../src/local/memory-metrics.ts'
import { FileObjectStore } from '../../src/local/stores/file-object-store.ts'
import { MemoryHeadRegister } from '../../src/local/stores/memory-head-register.ts'
import { openLocalStorage } from '../../src/local/stores/storage.ts'
import { createRuntime } from '../../src/scheduler/create-runtime.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { FaultyIO } from '../../src/testing/faulty-io.ts'
import { seconds } from '../../src/util/time.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { ManualClock, quiet, UNTIL_IDLE } from '../scheduler/world.ts'

test('what was committed becomes visible where it was to be, also when whoever publishes it works in another directory', async (t) => {
  const root = tempDirectory(t)
  for (const directory of ['in', 'first', 'second']) mkdirSync(join(root, directory))
  writeFileSync(join(root, 'in/song.txt'), 'row row\n')
  const working = process.cwd()
  t.after(() => process.chdir(working))
  const clock = new ManualClock()
  const register = new MemoryHeadRegister()
  const started = (out: string, io = new FaultyIO(() => undefined)) => {
    const app = defineApp({ name: 'lines', batchInterval: seconds(1) }, (ssc) => {
      ssc.textFileStream(join(root, 'in'), { newFilesOnly: false }).saveAsTextFiles(out)
    })
    const storage = openLocalStorage()
    return createRuntime(
      app,
      {},
      {
        clock,
        register: io.register(register),
        checkpoint: new FileObjectStore(join(root, 'checkpoint')),
        ...openers({ storage, clock, write: () => {} }),
        log: quiet,
        metrics: new MemoryMetrics(),
        memoryBytes: 1 << 30,
        leaseAbandoned: () => true,
      },
    )
  }
  let swaps = 0
  const diesCommitted = new FaultyIO((_, name) => (name === 'head.swap' && ++swaps === 3 ? 'crash-after' : undefined))
  process.chdir(join(root, 'first'))
  await assert.rejects(runInvocation(started('./out', diesCommitted), UNTIL_IDLE))
  assert.equal((await register.read('lines'))?.committed?.published, false)
  process.chdir(join(root, 'second'))
  clock.advance(400_000)
  await runInvocation(started(join(root, 'first/out')), UNTIL_IDLE)
  assert.deepEqual(readdirSync(join(root, 'first/out-1000')).sort(), ['_SUCCESS', 'part-00000'])
  assert.deepEqual(readdirSync(join(root, 'second')), [])
})

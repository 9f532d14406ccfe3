import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import type { Head } from '../../src/checkpoint/head.ts'
import { leased, unborn } from '../../src/checkpoint/transitions.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { localEnvironment } from '../../src/local/environment.ts'
import { isDeadProcess, processOwner } from '../../src/local/process-lease.ts'
import { runApplication } from '../../src/local/run-application.ts'
import { FileHeadRegister } from '../../src/local/stores/file-head-register.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import type { Log } from '../../src/ports/log.ts'
import type { Environment } from '../../src/scheduler/create-runtime.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { seconds } from '../../src/util/time.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Goes on only when somebody sleeps, and remembers for how long. */
class SleepingClock implements Clock {
  readonly slept: number[] = []
  #now = 1_000_000
  now(): number {
    return this.#now
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!Number.isFinite(ms)) return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()))
    await new Promise((resolve) => setImmediate(resolve))
    if (signal?.aborted === true) return
    this.slept.push(ms)
    this.#now += ms
  }
}

interface Local {
  readonly clock: SleepingClock
  readonly environment: Environment
  readonly committed: number[]
}

function local(options: { readonly checkpoint?: string } = {}): Local {
  const [clock, committed] = [new SleepingClock(), [] as number[]]
  const observers = [
    { batchCommitted: ({ batchTime }: { readonly batchTime: number }) => void committed.push(batchTime) },
  ]
  return { clock, committed, environment: { ...localEnvironment({ ...options, log: quiet, observers }), clock } }
}

/** One batch a second, which does what it is told. */
function application(work: (time: number) => void): Application {
  return defineApp({ name: 'app', batchInterval: seconds(1) }, (ssc) => {
    ssc.queueStream([['a'], ['b'], ['c']]).foreachRDD((_, time) => work(time.milliseconds))
  })
}

function failing(times: number, kind: 'retryable' | 'data'): { readonly app: Application; readonly calls: number[] } {
  const calls: number[] = []
  const app = application((time) => {
    calls.push(time)
    if (calls.length <= times) throw new SluiceError({ code: 'test', kind, message: 'fails' })
  })
  return { app, calls }
}

test('a failure that may pass is tried again, the same batch, after pauses that grow', async () => {
  const { app, calls } = failing(3, 'retryable')
  const { clock, environment, committed } = local()
  const outcome = await runApplication(app, { start: 0, untilIdle: true }, environment)
  assert.deepEqual(outcome, { kind: 'idle', batches: 3 })
  assert.deepEqual(calls, [1_000, 1_000, 1_000, 1_000, 2_000, 3_000])
  assert.deepEqual(committed, [1_000, 2_000, 3_000])
  const pauses = clock.slept.filter((ms) => ms > 0)
  assert.ok(pauses.length >= 2 && pauses.every((ms, i) => ms >= (pauses[i - 1] ?? 0)), String(pauses))
})

test('a batch that was committed before another failed counts among those that a run is to commit', async () => {
  let failed = false
  const app = application((time) => {
    if (time !== 2_000 || failed) return
    failed = true
    throw new SluiceError({ code: 'test', kind: 'retryable', message: 'fails once' })
  })
  const { environment, committed } = local()
  assert.deepEqual(await runApplication(app, { start: 0, batches: 2 }, environment), { kind: 'enough', batches: 2 })
  assert.deepEqual(committed, [1_000, 2_000])
})

test('any other failure ends the run at once; the next run tries the same batch', async (t) => {
  const { app, calls } = failing(1, 'data')
  const checkpoint = tempDirectory(t)
  const run = () => runApplication(app, { start: 0, untilIdle: true }, local({ checkpoint }).environment)
  await assert.rejects(run(), { code: 'batch-failed', kind: 'data' })
  assert.deepEqual(calls, [1_000])
  await run()
  assert.deepEqual(calls.slice(0, 3), [1_000, 1_000, 2_000])
})

test('a run that is to end by itself gives up on what does not pass; one that goes by the clock does not', async () => {
  const never = failing(Number.POSITIVE_INFINITY, 'retryable')
  await assert.rejects(runApplication(never.app, { start: 0, untilIdle: true }, local().environment), {
    code: 'batch-failed',
    kind: 'retryable',
  })
  const stop = new AbortController()
  const calls: number[] = []
  const app = application((time) => {
    if (calls.push(time) === 20) stop.abort()
    throw new SluiceError({ code: 'test', kind: 'retryable', message: 'fails' })
  })
  const outcome = await runApplication(app, { start: 0, stop: stop.signal }, local().environment)
  assert.deepEqual(outcome, { kind: 'stopped', batches: 0 })
  assert.deepEqual([...new Set(calls)], [1_000])
  assert.ok(never.calls.length < 20)
})

test('a plan that failed often is tried at once by a new run', async (t) => {
  const checkpoint = tempDirectory(t)
  for (let i = 0; i < 5; i++) {
    const { clock, environment } = local({ checkpoint })
    await assert.rejects(runApplication(failing(1, 'data').app, { start: 0, untilIdle: true }, environment))
    assert.deepEqual(
      clock.slept.filter((ms) => ms > 0),
      [],
    )
  }
})

test('a stop lets the batch under way end; an abort does not, and the batch keeps its plan', async (t) => {
  const checkpoint = tempDirectory(t)
  const stop = new AbortController()
  const stopping = application(() => stop.abort())
  const stopped = await runApplication(
    stopping,
    { start: 0, untilIdle: true, stop: stop.signal },
    local({ checkpoint }).environment,
  )
  assert.deepEqual(stopped, { kind: 'stopped', batches: 1 })

  const abort = new AbortController()
  const aborting = application(() => {
    abort.abort()
    throw abort.signal.reason
  })
  const { environment } = local({ checkpoint })
  const aborted = await runApplication(aborting, { untilIdle: true, abort: abort.signal }, environment)
  assert.deepEqual(aborted, { kind: 'stopped', batches: 0 })
  const head = await environment.register.read('app')
  assert.deepEqual([head?.planned?.batchTime, head?.planned?.failure?.code], [2_000, 'stopped'])
  assert.equal(head?.lease, undefined)
})

async function ownedBy(register: HeadRegister, owner: string, untilMs: number): Promise<Head> {
  const head = leased(unborn({ app: 'app', batchIntervalMs: 1_000, zeroTime: 0 }), {
    owner,
    untilMs,
    batchIntervalMs: 1_000,
  })
  assert.equal((await register.swap(0, head)).kind, 'ok')
  return head
}

test('whoever stands by takes over from a process that is dead at once', async (t) => {
  const checkpoint = tempDirectory(t)
  const { clock, environment, committed } = local({ checkpoint })
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  const dead = processOwner().replace(`:${process.pid}:`, `:${child.pid}:`)
  await once(child, 'close')
  await ownedBy(new FileHeadRegister(checkpoint), dead, clock.now() + 600_000)
  const outcome = await runApplication(failing(0, 'data').app, { untilIdle: true }, environment)
  assert.deepEqual({ outcome, committed }, { outcome: { kind: 'idle', batches: 3 }, committed: [1_000, 2_000, 3_000] })
  assert.deepEqual(
    clock.slept.filter((ms) => ms > 0),
    [],
  )
})

test('whoever stands by leaves a process that lives alone until its lease ends', async (t) => {
  const checkpoint = tempDirectory(t)
  const { clock, environment } = local({ checkpoint })
  const until = clock.now() + 30_000
  await ownedBy(new FileHeadRegister(checkpoint), processOwner(), until)
  const began: number[] = []
  await runApplication(
    application(() => void began.push(clock.now())),
    { untilIdle: true },
    environment,
  )
  assert.ok((began[0] ?? 0) >= until, `${began[0]} is before ${until}`)
})

test('a process is dead when nobody has its number, or somebody else has', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const [host, , start, id] = processOwner().split(':')
  const owner = (pid: number | undefined, at = '') => [host, pid, at, id].join(':')
  assert.equal(isDeadProcess(processOwner()), false)
  assert.equal(isDeadProcess(owner(child.pid)), false)
  if (start !== '') assert.equal(isDeadProcess(owner(child.pid, '1')), true, 'the number was given to another process')
  child.kill('SIGKILL')
  await once(child, 'close')
  assert.equal(isDeadProcess(owner(child.pid)), true)
  assert.equal(isDeadProcess(owner(child.pid).replace(String(host), 'another-host')), false, 'nobody knows from here')
  assert.equal(isDeadProcess('not an owner of ours'), false)
})

test('without an environment it runs on this machine, in memory', async (t: TestContext) => {
  const seen: number[] = []
  t.mock.method(process.stderr, 'write', () => true)
  assert.deepEqual(
    await runApplication(
      application((time) => void seen.push(time)),
      { start: 0, untilIdle: true },
    ),
    {
      kind: 'idle',
      batches: 3,
    },
  )
  assert.deepEqual(seen, [1_000, 2_000, 3_000])
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { FileHeadRegister } from '../../src/local/stores/file-head-register.ts'
import { openLocalStorage } from '../../src/local/stores/storage.ts'
import { Random } from '../../src/util/random.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { type BundledCommand, bundleCommand } from './bundled-command.ts'
import { directoryTree, treeDifferences } from './directory-tree.ts'
import { type KilledPhase, killedPhase } from './killed-phase.ts'
import { writeWordFiles } from './word-files.ts'

const KILLS = 60
const KILLS_INSIDE = 20
/** If so many do not bring enough kills inside of batches, something is wrong with the test. */
const MOST_KILLS = 200
const FILES_AT_FIRST = 40
const FILES_MORE = 20
/** Where kills fall, in batches after the start. */
const WINDOW_BATCHES = 3
/** Publishing is short: each kill of so many waits until a batch's directory appears, and for a moment after that. */
const ONE_PUBLISHING_IN = 4
const PUBLISHING_MS = 10
const APP = 'running-count'

test('a process killed at random moments and started again writes what an undisturbed one writes', async (t) => {
  const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 1_000_000)
  try {
    await killAndCompare(t, seed)
  } catch (error) {
    t.diagnostic(`seed ${seed}: SLUICE_TEST_SEED=${seed} repeats the same delays`)
    throw error
  }
})

async function killAndCompare(t: TestContext, seed: number): Promise<void> {
  const directory = tempDirectory(t)
  const bundle = await bundleCommand(directory, 'functions/running-count.ts')
  const input = join(directory, 'in')
  const runs = (name: string) => new Runs(t, bundle, { input, place: join(directory, name) })
  let files = 0
  const addFiles = (count: number) => {
    writeWordFiles(input, { first: files, count, seed })
    files += count
  }
  addFiles(FILES_AT_FIRST)
  const pace = await paceOf(runs('pace'))
  const killed = runs('killed')
  const phases = await killOften(killed, { seed, pace, addFiles: () => addFiles(FILES_MORE) })
  await killed.runToEnd()
  const undisturbed = runs('undisturbed')
  await undisturbed.runToEnd()

  const inside = phases.planned + phases.committed
  const all = inside + phases.starting + phases.between
  t.diagnostic(
    `seed ${seed}: ${all} kills, ${inside} between a plan and the end of its publish (${phases.planned} before the ` +
      `commit, ${phases.committed} while publishing), ${phases.between} between batches, ${phases.starting} before the lease; ${files} batches`,
  )
  const expected = directoryTree(undisturbed.output)
  assert.equal([...expected.keys()].filter((path) => path.endsWith('_SUCCESS')).length, files, 'one batch a file')
  assert.deepEqual(treeDifferences(directoryTree(killed.output), expected), [])
  assert.ok(all >= KILLS && inside >= KILLS_INSIDE, `not enough kills inside of batches: ${inside} of ${all}`)
}

interface Pace {
  readonly startMs: number
  readonly batchMs: number
}

/** How fast this machine is, so that kills fall where the work is. */
async function paceOf(runs: Runs): Promise<Pace> {
  const began = performance.now()
  const lines = await runs.runToEnd('--batches', '5')
  const elapsed = performance.now() - began
  const batchMs = lines.reduce((sum, line) => sum + JSON.parse(line).processingDelayMs, 0) / lines.length
  return { batchMs, startMs: Math.max(0, elapsed - lines.length * batchMs) }
}

interface Killing {
  readonly seed: number
  readonly pace: Pace
  readonly addFiles: () => void
}

async function killOften(runs: Runs, { seed, pace, addFiles }: Killing): Promise<Record<KilledPhase, number>> {
  const random = new Random(seed)
  const phases = { starting: 0, between: 0, planned: 0, committed: 0 }
  const enough = (kills: number) => kills >= KILLS && phases.planned + phases.committed >= KILLS_INSIDE
  for (let kills = 0; kills < MOST_KILLS && !enough(kills); ) {
    const anywhere = pace.startMs * 0.8 + random.next() * WINDOW_BATCHES * pace.batchMs
    const publishing = kills % ONE_PUBLISHING_IN === 0
    const phase = await (publishing
      ? runs.killWhenPublishing(random.next() * PUBLISHING_MS)
      : runs.killAfter(() => sleep(anywhere)))
    if (phase === 'ended') {
      addFiles()
    } else {
      phases[phase]++
      kills++
    }
  }
  return phases
}

interface RunPlace {
  readonly input: string
  readonly place: string
}

/** The same command line again and again, over one checkpoint. */
class Runs {
  readonly output: string
  readonly #t: TestContext
  readonly #command: readonly string[]
  readonly #checkpoint: string
  readonly #register: FileHeadRegister

  constructor(t: TestContext, { command, application }: BundledCommand, { input, place }: RunPlace) {
    this.output = join(place, 'out')
    this.#t = t
    this.#checkpoint = join(place, 'checkpoint')
    this.#register = new FileHeadRegister(this.#checkpoint)
    const settings = { in: input, out: join(this.output, 'counts'), maxFilesPerBatch: '1' }
    const sets = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    this.#command = [command, 'run', application, ...sets, '--checkpoint', this.#checkpoint, '--start', '0', '--json']
  }

  /** Resolves to what it printed on stdout, line by line. */
  async runToEnd(...end: readonly string[]): Promise<readonly string[]> {
    const child = spawn(process.execPath, [...this.#command, ...(end.length > 0 ? end : ['--until-idle'])])
    this.#t.after(() => child.kill('SIGKILL'))
    let [out, complaints] = ['', '']
    child.stdout.on('data', (data) => {
      out += data
    })
    child.stderr.on('data', (data) => {
      complaints += data
    })
    const [code] = await once(child, 'close')
    assert.equal(code, 0, complaints)
    return out.trim().split('\n')
  }

  /** Kills it so long after it has made another directory for a batch to become visible in. */
  killWhenPublishing(delayMs: number): Promise<KilledPhase | 'ended'> {
    const before = this.#directories()
    return this.killAfter(async (signal) => {
      while (this.#directories() === before && !signal.aborted) await sleep(1)
      await sleep(delayMs)
    })
  }

  #directories(): number {
    return existsSync(this.output) ? readdirSync(this.output).length : 0
  }

  /** `ended`: it had nothing more to do before it could be killed. */
  async killAfter(wait: (ended: AbortSignal) => Promise<unknown>): Promise<KilledPhase | 'ended'> {
    const before = await this.#register.read(APP)
    const child = spawn(process.execPath, [...this.#command, '--until-idle'], { stdio: 'ignore' })
    this.#t.after(() => child.kill('SIGKILL'))
    const end = new AbortController()
    void wait(end.signal).then(() => child.kill('SIGKILL'))
    const [code, signal] = await once(child, 'close')
    end.abort()
    if (signal !== 'SIGKILL') {
      assert.equal(code, 0, 'a run that was not killed must end well')
      return 'ended'
    }
    const checkpoint = openLocalStorage().open(pathToFileURL(this.#checkpoint).href)
    return killedPhase({ before, after: await this.#register.read(APP), checkpoint })
  }
}

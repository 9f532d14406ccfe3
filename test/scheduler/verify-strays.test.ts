import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openers } from '../../src/connectors/openers.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { MemoryMetrics } from '../../src/local/memory-metrics.ts'
import { FileHeadRegister } from '../../src/local/stores/file-head-register.ts'
import { FileObjectStore } from '../../src/local/stores/file-object-store.ts'
import { openLocalStorage } from '../../src/local/stores/storage.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { createRuntime } from '../../src/scheduler/create-runtime.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { type VerifyReport, verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { ManualClock, quiet, UNTIL_IDLE } from './world.ts'

const { signal } = new AbortController()

/** An application in a directory, which keeps two batches and the one before them. */
class Disk {
  readonly root: string
  readonly register: HeadRegister
  readonly #clock = new ManualClock()
  #files = 0

  constructor(t: TestContext) {
    this.root = tempDirectory(t)
    mkdirSync(join(this.root, 'in'))
    this.register = new FileHeadRegister(this.path('checkpoint'))
  }

  path(name: string): string {
    return join(this.root, name)
  }

  /** Its outputs: `w`, `w-1` and `w` with a suffix, unless told otherwise. */
  process(out = 'out', register = this.register): Runtime {
    const retain = { batches: 2, age: milliseconds(1), every: seconds(1_000_000) }
    const app = defineApp({ name: 'lines', batchInterval: seconds(10), retain }, (ssc) => {
      const lines = ssc.textFileStream(this.path('in'), { newFilesOnly: false, maxFilesPerBatch: 1 })
      lines.saveAsTextFiles(this.path(`${out}/w`))
      lines.saveAsTextFiles(this.path(`${out}/w-1`))
      lines.saveAsTextFiles(this.path(`${out}/w`), 'txt')
    })
    const surroundings = {
      clock: this.#clock,
      register,
      checkpoint: new FileObjectStore(this.path('checkpoint')),
      ...openers({ storage: openLocalStorage(), clock: this.#clock, write: () => {} }),
      log: quiet,
      metrics: new MemoryMetrics(),
      memoryBytes: 1 << 30,
      leaseAbandoned: () => true,
    }
    return createRuntime(app, {}, surroundings)
  }

  async run(batches: number, { out, text = 'row\n' }: { out?: string; text?: string } = {}): Promise<void> {
    for (let left = batches; left > 0; left--) {
      writeFileSync(this.path(`in/${100 + this.#files++}.txt`), text)
      await runInvocation(this.process(out), { ...UNTIL_IDLE, maxBatches: 1 })
    }
  }

  verify(request = {}, runtime = this.process()): Promise<VerifyReport> {
    return verifyCheckpoint(runtime, { signal, ...request })
  }

  put(...names: readonly string[]): void {
    for (const name of names) {
      mkdirSync(join(this.path(name), '..'), { recursive: true })
      writeFileSync(this.path(name), '')
    }
  }
}

/** Six batches, of which those from 40000 ms on are retained. */
async function runOf(t: TestContext): Promise<Disk> {
  const disk = new Disk(t)
  await disk.run(6)
  await collect(disk.process(), { signal })
  return disk
}

function told({ findings }: VerifyReport, code = 'output-foreign'): string[] {
  return findings.filter((finding) => finding.code === code).map(({ message }) => message)
}

test('a closed directory of a time that no batch has, between those that are retained or after them, is damage that no repair touches', async (t) => {
  const disk = await runOf(t)
  const before = await disk.verify()
  assert.deepEqual([before.sound, before.batches, before.outputs], [true, 3, 9], JSON.stringify(before))
  for (const name of ['out/w-45000', 'out/w-70000', 'out/w-1-50001', 'out/w-100000.txt']) {
    disk.put(`${name}/_SUCCESS`)
    const { sound, findings } = await disk.verify({ repair: true })
    assert.deepEqual([sound, findings.map(({ code }) => code)], [false, ['output-foreign']], name)
    const time = Number(/\d+(?=$|\.)/.exec(name)?.[0])
    assert.equal(findings[0]?.batchTime, time)
    assert.match(findings[0]?.message ?? '', new RegExp(`no retained batch.*move it away.*: file:///.*/${name}$`))
    assert.ok(existsSync(disk.path(`${name}/_SUCCESS`)), 'no repair deletes a final file')
    assert.ok((await disk.verify({ quick: true })).sound, 'who looks quickly does not list it')
    rmSync(disk.path(name), { recursive: true })
  }
  disk.put('out/w-45000/_SUCCESS', 'out/w-70000/_SUCCESS', 'out/w-80000/_SUCCESS')
  assert.match(String(told(await disk.verify())), /: 3 batch times, as .*w-45000$/)
})

test('what may be of others, or of batches that are no longer retained, is not told: nor what readers pass over', async (t) => {
  const disk = await runOf(t)
  disk.put('out/w-35000/_SUCCESS', 'out/w-45000/part-00000', 'out/w-045000/_SUCCESS', 'out/w-45000.csv/_SUCCESS')
  disk.put('out/w-2-45000/_SUCCESS', 'out/w-45000/deeper/_SUCCESS', 'out/w-backup/_SUCCESS', 'out/v-45000/_SUCCESS')
  const report = await disk.verify()
  assert.deepEqual([report.sound, report.findings], [true, []])
})

test('what batches of before a reset, and of other places, have published is told as what it is', async (t) => {
  const disk = await runOf(t)
  await resetApplication(disk.process(), { reason: 'test', startMs: 90_000, signal })
  assert.deepEqual((await disk.verify()).findings, [])
  await disk.run(1, { out: 'elsewhere' })
  await disk.run(1)
  assert.deepEqual((await disk.verify()).findings, [])
  disk.put('elsewhere/w-105000/_SUCCESS')
  assert.deepEqual((await disk.verify()).findings, [], 'of a place that the code does not have, nothing is told')
  disk.put('out/w-105000/_SUCCESS')
  assert.equal(told(await disk.verify()).length, 1)
  await collect(disk.process(), { signal })
  await disk.run(3)
  await collect(disk.process(), { signal })
  assert.deepEqual((await disk.verify()).findings, [], 'older than what is retained')
})

test('what is committed and published while somebody looks is of no stray batch', async (t) => {
  const disk = await runOf(t)
  let reads = 0
  const register: HeadRegister = {
    url: disk.register.url,
    swap: (version, next) => disk.register.swap(version, next),
    read: async (app) => {
      const head = await disk.register.read(app)
      reads++
      await disk.run(1)
      return head
    },
  }
  const report = await disk.verify({}, disk.process('out', register))
  assert.deepEqual([report.sound, told(report)], [true, []], JSON.stringify(report.findings))
  assert.equal(reads, 4, 'once to look, and once to be sure of each output')
})

test('where a batch cannot be read any more, nobody says what it has not published', async (t) => {
  const disk = new Disk(t)
  await disk.run(4, { text: `${'row '.repeat(900)}\n` })
  const checkpoint = new FileObjectStore(disk.path('checkpoint'))
  const keys: string[] = []
  for await (const page of checkpoint.list('lines/i')) keys.push(...page.map(({ key }) => key))
  const manifest = keys.find((key) => key.endsWith('b000000000000020000-01/manifest')) ?? assert.fail(keys.join())
  await checkpoint.delete([manifest])
  const report = await disk.verify()
  assert.deepEqual([report.sound, told(report)], [false, []], 'its directories are those of a batch')
})

test('files of no known name anywhere in the folder of an application are told, and stay', async (t) => {
  const disk = await runOf(t)
  const strange = ['notes.txt', 'a-copy/plan', 'blocks/x', 'blocks/in/s/x', 'zzz', 'head.12', 'i000001/x'].map(
    (name) => `checkpoint/lines/${name}`,
  )
  disk.put(...strange)
  const report = await disk.verify({ repair: true })
  assert.match(String(told(report, 'unknown-object')), /nothing reads: 7, as file:\/\/\/.*\/lines\/a-copy\/plan$/)
  assert.deepEqual([report.sound, report.repaired], [true, []])
  assert.ok(strange.every((name) => existsSync(disk.path(name))))
  disk.put('checkpoint/other/x', 'checkpoint/x')
  assert.deepEqual(await disk.verify(), report, 'what lies beside the folder may be of other applications')
})

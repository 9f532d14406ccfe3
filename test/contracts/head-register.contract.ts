import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Token } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import type { HeadRegister, Swapped } from '../../src/ports/head-register.ts'
import { isSluiceError, rejection } from './rejection.ts'

export interface HeadRegisterSubject {
  /** Without any head. */
  readonly register: HeadRegister
  /** The same heads as another process would open them. */
  again(): HeadRegister
}

/** What every head register must do. `make` is called once a test; it cleans up by `t.after`. */
export function headRegisterContract(
  name: string,
  make: (t: TestContext) => HeadRegisterSubject | Promise<HeadRegisterSubject>,
): void {
  describe(`${name} keeps the head register's contract`, () => {
    const rule = (title: string, run: (subject: HeadRegisterSubject) => Promise<void>) =>
      test(title, async (t) => run(await make(t)))
    values(rule)
    order(rule)
    races(rule)
  })
}

type Rule = (title: string, run: (subject: HeadRegisterSubject) => Promise<void>) => void

function values(rule: Rule): void {
  rule('before the first swap there is no head', async ({ register }) => {
    assert.equal(await register.read('app'), undefined)
  })
  rule('a head is read back as it was swapped in, also by another process', async ({ register, again }) => {
    const first = fullHead('app', 1)
    assert.deepEqual(await register.swap(0, first), { kind: 'ok' })
    assert.deepEqual(await again().read('app'), first)
    const { lease: _, planned: __, committed: ___, ...bare } = { ...fullHead('app', 2), history: { recent: [] } }
    assert.deepEqual(await again().swap(1, bare), { kind: 'ok' })
    assert.deepEqual(await register.read('app'), bare)
  })
  rule('a head may carry 200 KB of text in any script', async ({ register, again }) => {
    const head = {
      ...bareHead('app', 1),
      pins: [
        {
          name: 'ü𐀀"\\\n'.repeat(20_000),
          batchTime: 1,
          token: 1 as Token,
          ref: { key: 'a', sizeBytes: 1, crc32c: '00000000' },
        },
      ],
    }
    assert.deepEqual(await register.swap(0, head), { kind: 'ok' })
    assert.deepEqual(await again().read('app'), head)
  })
  rule('applications do not see each other', async ({ register }) => {
    assert.deepEqual(await register.swap(0, bareHead('a', 1)), { kind: 'ok' })
    assert.deepEqual(await register.swap(0, bareHead('a.b-c_D', 1)), { kind: 'ok' })
    assert.deepEqual(await register.swap(1, bareHead('a', 2)), { kind: 'ok' })
    assert.equal((await register.read('a'))?.version, 2)
    assert.equal((await register.read('a.b-c_D'))?.version, 1)
    assert.equal(await register.read('b'), undefined)
  })
  rule('names that no application can have are refused', async ({ register }) => {
    for (const app of ['', '..', 'a/b', '../a', '/a', 'a\0', '.a', 'x'.repeat(129)]) {
      const errors = [await rejection(register.read(app)), await rejection(register.swap(0, bareHead(app, 1)))]
      for (const error of errors) assert.ok(isSluiceError(error, 'bad-application-name', 'invalid'), `${app}: ${error}`)
    }
  })
}

function order(rule: Rule): void {
  rule('a swap on any version but the current one is a conflict, and changes nothing', async ({ register, again }) => {
    assert.deepEqual(await register.swap(3, bareHead('app', 4)), { kind: 'conflict' })
    for (let version = 1; version <= 3; version++) await register.swap(version - 1, bareHead('app', version))
    const stale = [0, 1, 2, 4, 9].map((expected) => again().swap(expected, bareHead('app', expected + 1, 'stale')))
    assert.deepEqual(new Set((await Promise.all(stale)).map(({ kind }) => kind)), new Set(['conflict']))
    assert.deepEqual(await register.read('app'), bareHead('app', 3))
  })
  rule('however long ago a version was, nobody can swap on it again', async ({ register, again }) => {
    const last = 60
    for (let version = 1; version <= last; version++) {
      assert.deepEqual(await register.swap(version - 1, bareHead('app', version)), { kind: 'ok' })
    }
    const late = again()
    for (let expected = 0; expected < last; expected++) {
      const { kind } = await late.swap(expected, bareHead('app', expected + 1, 'late'))
      assert.notEqual(kind, 'ok', `on version ${expected}`)
    }
    assert.deepEqual(await register.read('app'), bareHead('app', last))
  })
  rule('a swap to anything but the next version is a defect of the caller', async ({ register }) => {
    for (const version of [0, 1, 3, 2.5]) {
      assert.ok(
        isSluiceError(await rejection(register.swap(1, bareHead('app', version))), 'assertion-failed', 'internal'),
      )
    }
    assert.equal(await register.read('app'), undefined)
  })
}

function races(rule: Rule): void {
  rule('of 50 racing swaps on one version exactly one wins, and its head is the one that stays', async (subject) => {
    const registers = [subject.register, subject.again(), subject.again()]
    for (let version = 1; version <= 5; version++) {
      const heads = Array.from({ length: 50 }, (_, i) => bareHead('app', version, `racer ${i}`))
      const swap = (head: Head, i: number) => (registers[i % 3] ?? subject.register).swap(version - 1, head)
      const results = await Promise.all(heads.map(swap))
      const winner = heads.filter((_, i) => results[i]?.kind === 'ok')
      assert.equal(winner.length, 1, `version ${version}: ${results.map(({ kind }) => kind)}`)
      assert.deepEqual(await subject.register.read('app'), winner[0])
    }
  })
  rule('every version is made by one swap of those that race up the versions', async ({ register, again }) => {
    const climbers = await Promise.all(['i', 'j', 'k'].map((name) => climb(again(), { app: 'app', name, swaps: 25 })))
    assertOneChain(climbers.flat(), await register.read('app'))
  })
}

/** What one climber saw of one swap. */
export interface Climbed {
  readonly name: string
  readonly version: number
  readonly kind: Swapped['kind']
}

export interface Climb {
  readonly app: string
  readonly name: string
  readonly swaps: number
  readonly onSwap?: (climbed: Climbed) => void
}

/** Reads and swaps on what it has read, until `swaps` of its swaps went well. */
export async function climb(register: HeadRegister, { app, name, swaps, onSwap }: Climb): Promise<Climbed[]> {
  const seen: Climbed[] = []
  for (let made = 0; made < swaps; ) {
    const version = ((await register.read(app))?.version ?? 0) + 1
    const { kind } = await register.swap(version - 1, bareHead(app, version, name))
    if (kind === 'conflict') continue
    seen.push({ name, version, kind })
    onSwap?.({ name, version, kind })
    if (kind === 'ok') made++
  }
  return seen
}

/** No version has two makers; every one that nobody is sure of was at least tried; the head is the last one. */
export function assertOneChain(climbed: readonly Climbed[], head: Head | undefined): void {
  const sure = climbed.filter(({ kind }) => kind === 'ok').map(({ version }) => version)
  assert.equal(new Set(sure).size, sure.length, 'a version was made twice')
  const tried = new Set(climbed.map(({ version }) => version))
  const last = Math.max(...tried)
  assert.equal(head?.version, last)
  assert.deepEqual(
    [...tried].sort((a, b) => a - b),
    Array.from({ length: last }, (_, i) => i + 1),
  )
  const maker = climbed.find(({ version, kind }) => version === last && kind === 'ok')
  if (maker !== undefined) assert.equal(head?.lease?.owner, maker.name)
}

/** The least a head can hold; `owner` tells two of one version apart. */
export function bareHead(app: string, version: number, owner = 'owner'): Head {
  return {
    formatVersion: 1,
    app,
    incarnation: 1,
    version,
    token: version as Token,
    zeroTime: 0,
    batchIntervalMs: 1000,
    lease: { owner, until: 5000 },
    history: { recent: [] },
    boundary: 0 as Token,
    pins: [],
  }
}

/** A head with everything that one can have. */
export function fullHead(app: string, version: number): Head {
  const ref = { key: 'app/some/object', sizeBytes: 12, crc32c: '0123abcd' }
  const attempt = { incarnation: 1, batchTime: 1000, token: 3 as Token, number: 1 }
  return {
    ...bareHead(app, version),
    planned: {
      batchTime: 2000,
      token: 4 as Token,
      attempts: 2,
      plan: {
        kind: 'inline',
        value: { formatVersion: 1, batchTime: 2000, clockMs: 2001, seed: 7, fingerprint: 'f', sources: {} },
      },
      failure: { message: 'it "failed"\n', code: 'user-function', atMs: 3000, count: 1 },
    },
    committed: { attempt, manifest: { kind: 'object', ref }, published: false },
    history: { recent: [{ kind: 'object', ref }], segment: ref },
    pins: [
      {
        name: 'before the upgrade',
        batchTime: 1000,
        token: 3 as Token,
        ref: { key: 'a', sizeBytes: 1, crc32c: '00000000' },
      },
    ],
    collected: 1000,
    collectedTo: 'app/i000001/t000000000003/b000000000000001000-01/output/o/part-00000',
  }
}

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { FileHeadRegister } from '../../../src/local/stores/file-head-register.ts'
import { assertOneChain, bareHead, type Climbed, climb } from '../../contracts/head-register.contract.ts'
import { isSluiceError, rejection } from '../../contracts/rejection.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'
import { startChild } from './children.ts'
import { systemError, withPatched } from './patched-fs.ts'

describe('heads as files', () => {
  test('who links a version that was removed long ago does not win (register-links-then-looks)', async (t) => {
    const directory = tempDirectory(t)
    const [slow, fast] = [new FileHeadRegister(directory), new FileHeadRegister(directory)]
    await slow.swap(0, bareHead('app', 1))
    let overtaken = false
    const overtake = async (original: (from: string, to: string) => Promise<unknown>, from: string, to: string) => {
      if (!overtaken) {
        overtaken = true
        for (let version = 2; version <= 40; version++) await fast.swap(version - 1, bareHead('app', version, 'fast'))
        assert.ok(!readdirSync(join(directory, 'app')).includes('head.0000000000000002'), 'version 2 was removed')
      }
      await original(from, to)
    }
    const swapped = await withPatched('link', overtake, () => slow.swap(1, bareHead('app', 2, 'slow')))
    assert.equal(swapped.kind, 'unknown')
    assert.deepEqual(await slow.read('app'), bareHead('app', 40, 'fast'))
    assert.deepEqual(await slow.swap(40, bareHead('app', 41)), { kind: 'ok' })
  })

  test('a writer whose temporary file was taken for a leftover writes a whole head all the same', async (t) => {
    const register = new FileHeadRegister(tempDirectory(t))
    let thieves = 3
    const steal = async (original: (from: string, to: string) => Promise<unknown>, from: string, to: string) => {
      if (thieves-- > 0) unlinkSync(from)
      await original(from, to)
    }
    const swapped = await withPatched('link', steal, () => register.swap(0, bareHead('app', 1)))
    assert.deepEqual(swapped, { kind: 'ok' })
    assert.deepEqual(await register.read('app'), bareHead('app', 1))
  })

  test('old versions are removed, and never the newest', async (t) => {
    const directory = tempDirectory(t)
    const register = new FileHeadRegister(directory)
    for (let version = 1; version <= 50; version++) await register.swap(version - 1, bareHead('app', version))
    const names = readdirSync(join(directory, 'app')).sort()
    assert.equal(names.at(-1), 'head.0000000000000050')
    assert.ok(names.length <= 20, `${names.length} files`)
  })

  test('a file with a version that no head comes to is reported by its path, at once, whoever reads or swaps', async (t) => {
    const directory = tempDirectory(t)
    const register = new FileHeadRegister(directory)
    await register.swap(0, bareHead('app', 1))
    const path = join(directory, 'app/head.9999999999999999')
    writeFileSync(path, '')
    for (const call of [() => register.read('app'), () => register.swap(1, bareHead('app', 2))]) {
      const error = await rejection(call())
      assert.ok(isSluiceError(error, 'head-corrupt', 'data'), String(error))
      assert.match(String(error), /move it away.*head\.9999999999999999/s)
    }
    unlinkSync(path)
    assert.deepEqual(
      readdirSync(join(directory, 'app')),
      ['head.0000000000000001'],
      'a swap that fails leaves no file behind',
    )
    assert.deepEqual(await register.read('app'), bareHead('app', 1))
  })

  test('a damaged newest version is reported by its path, not passed over', async (t) => {
    const directory = tempDirectory(t)
    const register = new FileHeadRegister(directory)
    for (let version = 1; version <= 3; version++) await register.swap(version - 1, bareHead('app', version))
    const path = join(directory, 'app/head.0000000000000003')
    const whole = readFileSync(path)
    const other = readFileSync(join(directory, 'app/head.0000000000000002'))
    const flipped = Buffer.from(whole)
    flipped[60] = (flipped[60] ?? 0) ^ 1
    const damages = [Buffer.alloc(0), whole.subarray(0, 20), whole.subarray(0, -1), flipped, other, Buffer.from('{}')]
    for (const damage of damages) {
      writeFileSync(path, damage)
      const error = await rejection(register.read('app'))
      assert.ok(isSluiceError(error, 'head-corrupt', 'data') && error.message.includes(path), String(error))
    }
    writeFileSync(path, whole)
    assert.deepEqual(await register.read('app'), bareHead('app', 3))
  })

  test('files of other names in the directory are nobody’s head', async (t) => {
    const directory = tempDirectory(t)
    const register = new FileHeadRegister(directory)
    await register.swap(0, bareHead('app', 1))
    for (const name of ['head.9', 'head.0000000000000009~', 'head', '.~sluice-x', 'xhead.0000000000000009']) {
      writeFileSync(join(directory, 'app', name), 'not a head')
    }
    assert.deepEqual(await register.read('app'), bareHead('app', 1))
  })

  test('what cannot succeed later rejects; what may have happened, or may later, is unknown', async (t) => {
    const register = new FileHeadRegister(tempDirectory(t))
    const swapFailing = (code: string) => {
      const fail = async () => {
        throw systemError(code)
      }
      return withPatched('link', fail, () => register.swap(0, bareHead('app', 1)))
    }
    assert.equal((await swapFailing('ENOSPC')).kind, 'unknown')
    assert.equal((await swapFailing('EIO')).kind, 'unknown')
    assert.ok(isSluiceError(await rejection(swapFailing('EROFS')), 'read-only', 'invalid'))
    assert.ok(isSluiceError(await rejection(swapFailing('EPERM')), 'access-denied', 'invalid'))
    assert.equal(await register.read('app'), undefined)
  })
})

test('two processes that race up the versions make each of them once', async (t) => {
  const directory = tempDirectory(t)
  const children = ['i', 'j'].map((name) => startChild(t, 'climb-heads.ts', [directory, name, '120']))
  const climbed = await Promise.all(children.map(({ lines }) => collect(lines)))
  assert.deepEqual(
    climbed.map((all) => all.filter(({ kind }) => kind === 'ok').length),
    [120, 120],
  )
  assertOneChain(climbed.flat(), await new FileHeadRegister(directory).read('app'))
})

test('processes killed at any point neither lose an acknowledged head nor stop others', async (t) => {
  const directory = tempDirectory(t)
  const register = new FileHeadRegister(directory)
  const sure = new Map<number, string>()
  const note = ({ kind, version, name }: Climbed) => {
    if (kind !== 'ok') return
    assert.equal(sure.get(version), undefined, `version ${version} is ${sure.get(version)}'s, and ${name}'s`)
    sure.set(version, name)
  }
  for (let kill = 0; kill < 5; kill++) {
    const child = startChild(t, 'climb-heads.ts', [directory, `child ${kill}`, '100000'])
    const after = 2 + Math.floor(Math.random() * 20)
    let rival: Promise<unknown> | undefined
    let swaps = 0
    for await (const line of child.lines) {
      note(JSON.parse(line))
      rival ??= climb(register, { app: 'app', name: `rival ${kill}`, swaps: 30, onSwap: note })
      if (++swaps === after) setTimeout(() => child.process.kill('SIGKILL'), Math.random() * 4)
    }
    await Promise.all([rival, child.ended])
    const head = await register.read('app')
    const last = Math.max(...sure.keys())
    assert.ok((head?.version ?? 0) >= last, `the head went back to ${head?.version} from ${last}`)
    if (head?.version === last) assert.equal(head.lease?.owner, sure.get(last))
  }
  await register.swap(
    (await register.read('app'))?.version ?? 0,
    bareHead('app', ((await register.read('app'))?.version ?? 0) + 1),
  )
  assert.deepEqual(
    readdirSync(join(directory, 'app')).filter((name) => name.startsWith('.')),
    [],
  )
})

async function collect(lines: AsyncIterable<string>): Promise<Climbed[]> {
  const climbed: Climbed[] = []
  for await (const line of lines) climbed.push(JSON.parse(line))
  return climbed
}

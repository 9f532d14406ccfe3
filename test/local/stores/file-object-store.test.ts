import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { FileObjectStore } from '../../../src/local/stores/file-object-store.ts'
import type { ListOptions, ObjectStore } from '../../../src/ports/object-store.ts'
import type { ErrorKind } from '../../../src/util/errors.ts'
import { isSluiceError, rejection } from '../../contracts/rejection.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'
import { startChild } from './children.ts'
import { systemError, withPatched } from './patched-fs.ts'
import { versionOf } from './solid-object.ts'

const bytes = Buffer.from('content')

describe('a directory as an object store', () => {
  test('a directory that is not there holds nothing, until the first write makes it', async (t) => {
    const store = new FileObjectStore(join(tempDirectory(t), 'not/yet'))
    assert.equal(await store.exists(), false)
    assert.deepEqual(await keysOf(store), [])
    assert.equal(await store.get('a'), undefined)
    await store.delete(['a'])
    await store.put('a', bytes)
    assert.equal(await store.exists(), true)
  })

  test('a file in the place of the directory is reported', async (t) => {
    const path = join(tempDirectory(t), 'file')
    writeFileSync(path, '')
    const store = new FileObjectStore(path)
    // One after the other: a call that fails before somebody waits for it would count as a failure that nobody handles.
    for (const call of [() => store.exists(), () => keysOf(store), () => store.put('a', bytes)]) {
      assertError(await rejection(call()), { code: 'not-a-directory', kind: 'invalid', mentions: path })
    }
  })

  test('a path and its file URL are the same place, with any characters in it', async (t) => {
    const directory = join(tempDirectory(t), 'dír ?#%25')
    const byPath = new FileObjectStore(directory)
    await byPath.put('a', bytes)
    assert.equal((await new FileObjectStore(byPath.url).head('a'))?.sizeBytes, bytes.length)
    assert.ok(!byPath.url.endsWith('/'))
  })

  test('a file where a directory must be, and the other way round, is an error that names it', async (t) => {
    const store = new FileObjectStore(tempDirectory(t))
    await store.put('file', bytes)
    await store.put('dir/below', bytes)
    const mentions = 'file'
    assertError(await rejection(store.put('file/below', bytes)), { code: 'not-a-directory', kind: 'invalid', mentions })
    assertError(await rejection(store.upload('file/below').complete()), {
      code: 'not-a-directory',
      kind: 'invalid',
      mentions,
    })
    assertError(await rejection(store.put('dir', bytes)), { code: 'is-a-directory', kind: 'invalid', mentions: 'dir' })
    assert.deepEqual(await keysOf(store), ['dir/below', 'file'])
  })

  test('links to files are read; what else is no file stops a listing, by its path', async (t) => {
    const directory = tempDirectory(t)
    const store = new FileObjectStore(join(directory, 'store'))
    await store.put('dir/file', bytes)
    symlinkSync(join(directory, 'store/dir/file'), join(directory, 'store/link'))
    assert.deepEqual(await keysOf(store), ['dir/file', 'link'])
    for (const target of [directory, join(directory, 'nowhere')]) {
      const path = join(directory, 'store/dir/odd')
      symlinkSync(target, path)
      assertError(await rejection(keysOf(store)), { code: 'unreadable-entry', kind: 'invalid', mentions: path })
      assert.deepEqual(
        await keysOf(store, { delimiter: '/' }),
        ['link'],
        'a directory that was not asked for is not read',
      )
      unlinkSync(path)
    }
  })

  test('a name that is no UTF-8 stops a listing, by its path', { skip: process.platform !== 'linux' }, async (t) => {
    const directory = tempDirectory(t)
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/bad-`), Buffer.from([0xff])]), '')
    const error = await rejection(keysOf(new FileObjectStore(directory)))
    assertError(error, { code: 'unreadable-entry', kind: 'invalid', mentions: 'bad-' })
  })

  test('a file that changes in place while it is read is not taken for an object', async (t) => {
    const directory = tempDirectory(t)
    const store = new FileObjectStore(directory)
    for (const ifMatch of [false, true]) {
      const info = await store.put('a', Buffer.alloc(600_000, 1))
      const stored = await store.get('a', ifMatch ? { ifMatch: info.etag } : {})
      const read = async () => {
        let first = true
        for await (const _ of stored?.body ?? []) {
          if (first) writeFileSync(join(directory, 'a'), Buffer.alloc(500_000, 2))
          first = false
        }
      }
      const kind = ifMatch ? 'data' : 'retryable'
      assertError(await rejection(read()), { code: 'object-changed', kind, mentions: 'a' })
    }
  })

  const failures: [code: string, sluice: string, kind: ErrorKind][] = [
    ['ENOSPC', 'disk-full', 'retryable'],
    ['EDQUOT', 'disk-full', 'retryable'],
    ['EROFS', 'read-only', 'invalid'],
    ['EACCES', 'access-denied', 'invalid'],
    ['ENAMETOOLONG', 'bad-key', 'invalid'],
    ['EMFILE', 'file-error', 'retryable'],
  ]
  for (const [injected, code, kind] of failures) {
    test(`${injected} is ${kind}, names the path, and leaves nothing behind`, async (t) => {
      const directory = tempDirectory(t)
      const store = new FileObjectStore(directory)
      const fail = async () => {
        throw systemError(injected)
      }
      const error = await withPatched('rename', fail, () => rejection(store.put('d/a', bytes)))
      assertError(error, { code, kind, mentions: join(directory, 'd/a') })
      assert.deepEqual(readdirSync(join(directory, 'd')), [])
    })
  }

  test('a segment that the file system cannot hold is refused', async (t) => {
    const store = new FileObjectStore(tempDirectory(t))
    assertError(await rejection(store.put('x'.repeat(300), bytes)), {
      code: 'bad-key',
      kind: 'invalid',
      mentions: 'xxx',
    })
  })

  test('bytes are on the disk before they have their name, and the name is before the call ends', async (t) => {
    const store = new FileObjectStore(tempDirectory(t))
    const order: string[] = []
    const probe = await open(tempDirectory(t), 'r')
    const prototype = Object.getPrototypeOf(probe)
    await probe.close()
    const sync = t.mock.method(prototype, 'sync', async function (this: Awaited<ReturnType<typeof open>>) {
      order.push((await this.stat()).isDirectory() ? 'sync directory' : 'sync file')
    })
    const note: Parameters<typeof withPatched>[1] = async (original, from, to) => {
      order.push('rename')
      await original(from, to)
    }
    await withPatched('rename', note, () => store.put('a', bytes))
    sync.mock.restore()
    assert.deepEqual(order.slice(0, 3), ['sync file', 'rename', 'sync directory'])
  })

  test('a write is not acknowledged while too many open files keep a directory above from being made durable', async (t) => {
    const above = join(tempDirectory(t), 'above')
    const store = new FileObjectStore(join(above, 'root'))
    const opened: string[] = []
    const crowded: Parameters<typeof withPatched>[1] = async (original, path, flags) => {
      opened.push(path)
      if (path === above && opened.filter((other) => other === above).length === 1) throw systemError('EMFILE')
      return original(path, flags)
    }
    await withPatched('open', crowded, async () => {
      assert.ok(isSluiceError(await rejection(store.put('a', bytes)), 'file-error', 'retryable'))
      await store.put('a', bytes)
    })
    assert.equal(opened.filter((path) => path === above).length, 2)
  })
})

describe('temporary files of the file store', () => {
  test('they are never listed, and no key can name one', async (t) => {
    const directory = tempDirectory(t)
    const store = new FileObjectStore(directory)
    const upload = store.upload('a')
    await upload.write(Buffer.alloc(2_000_000))
    const [temp = ''] = readdirSync(directory)
    assert.ok(temp.startsWith('.'))
    assert.deepEqual(await keysOf(store), [])
    for (const key of [temp, `${temp}/a`, `d/${temp}`]) {
      assertError(await rejection(store.put(key, bytes)), { code: 'bad-key', kind: 'invalid', mentions: temp })
      assertError(await rejection(store.get(key)), { code: 'bad-key', kind: 'invalid', mentions: temp })
    }
    await upload.abort()
    assert.deepEqual(readdirSync(directory), [])
  })

  test('the next write removes those of a process that has ended, and spares those of a live one', async (t) => {
    const directory = tempDirectory(t)
    const store = new FileObjectStore(directory)
    const upload = store.upload('a')
    await upload.write(Buffer.alloc(2_000_000, 1))
    const [own = ''] = readdirSync(directory)
    const ended = String(spawnSync(process.execPath, ['--version']).pid)
    const dead = own.replace(`-${process.pid}-`, `-${ended}-`)
    const ofPredecessor = own.replace(/[0-9a-f]{12}-\d+$/, '0123456789ab-0')
    const ofLive = own.replace(`-${process.pid}-`, `-${process.ppid}-`)
    for (const name of [dead, ofPredecessor, ofLive]) writeFileSync(join(directory, name), 'leftover')
    assert.equal(new Set([own, dead, ofPredecessor, ofLive]).size, 4)
    await new FileObjectStore(directory).put('b', bytes)
    assert.deepEqual(readdirSync(directory).sort(), [own, ofLive, 'b'].sort())
    await upload.complete()
    assert.deepEqual(readdirSync(directory).sort(), [ofLive, 'a', 'b'].sort())
  })

  test('a listing that sweeps removes those that see no writer again, and the directories that are empty then', async (t) => {
    const directory = tempDirectory(t)
    const store = new FileObjectStore(directory)
    const upload = store.upload('live/a')
    await upload.write(Buffer.alloc(2_000_000, 1))
    const [own = ''] = readdirSync(join(directory, 'live'))
    const left = own.replace(/[0-9a-f]{12}-\d+$/, '0123456789ab-0')
    await store.put('kept/b', bytes)
    mkdirSync(join(directory, 'gone/deep'), { recursive: true })
    for (const place of ['live', 'kept', 'gone/deep']) writeFileSync(join(directory, place, left), 'leftover')
    assert.deepEqual(await keysOf(store), ['kept/b'])
    assert.equal(namesIn(directory, left).length, 3, 'a mere look changes nothing')
    assert.deepEqual(await keysOf(store, { sweep: true }), ['kept/b'])
    assert.deepEqual(namesIn(directory, left), [])
    assert.deepEqual(readdirSync(directory).sort(), ['kept', 'live'])
    await upload.complete()
    assert.deepEqual(await keysOf(store), ['kept/b', 'live/a'])
  })

  test('a writer whose temporary file was taken for a leftover writes it again', async (t) => {
    const directory = tempDirectory(t)
    const store = new FileObjectStore(directory)
    const content = Buffer.alloc(2_500_000, 7)
    const upload = store.upload('d/a')
    await upload.write(content)
    for (const name of readdirSync(join(directory, 'd'))) unlinkSync(join(directory, 'd', name))
    await upload.complete()
    assert.ok(Buffer.from((await (await store.get('d/a'))?.bytes()) ?? []).equals(content))
    let thieves = 3
    const steal = async (original: (from: string, to: string) => Promise<unknown>, from: string, to: string) => {
      if (thieves-- > 0) unlinkSync(from)
      await original(from, to)
    }
    await withPatched('rename', steal, () => store.put('d/b', bytes))
    thieves = 3
    await withPatched('link', steal, () => store.putIfAbsent('d/c', bytes))
    assert.deepEqual(await keysOf(store), ['d/a', 'd/b', 'd/c'])
    thieves = 3
    const stealTarget = async (original: (from: string, to: string) => Promise<unknown>, from: string, to: string) => {
      if (thieves-- > 0) unlinkSync(to)
      await original(from, to)
    }
    const copied = await withPatched('copyFile', stealTarget, () => store.copy({ store, key: 'd/a' }, 'd/e'))
    assert.deepEqual(copied, await store.head('d/e'), 'what is said of a copy is true of what lies there')
    assert.deepEqual(readdirSync(join(directory, 'd')), ['a', 'b', 'c', 'e'])
  })

  test('a directory that is removed under a writer is made again', async (t) => {
    const directory = tempDirectory(t)
    const store = new FileObjectStore(directory)
    let moved = false
    const move = async (original: (from: string, to: string) => Promise<unknown>, from: string, to: string) => {
      if (!moved) renameSync(join(directory, 'd'), join(directory, 'moved'))
      moved = true
      await original(from, to)
    }
    await withPatched('rename', move, () => store.put('d/a', bytes))
    assert.equal((await store.head('d/a'))?.sizeBytes, bytes.length)
  })

  test('a link whose answer was lost counts as made', async (t) => {
    const store = new FileObjectStore(tempDirectory(t))
    const twice = async (original: (from: string, to: string) => Promise<unknown>, from: string, to: string) => {
      await original(from, to)
      await original(from, to)
    }
    const result = await withPatched('link', twice, () => store.putIfAbsent('a', bytes))
    assert.equal(result.kind, 'created')
    assert.deepEqual(await store.putIfAbsent('a', bytes), { kind: 'exists' })
  })
})

test('writers that are killed leave whole objects, all that they acknowledged, and nothing for long', async (t) => {
  const directory = tempDirectory(t)
  const store = new FileObjectStore(directory)
  const acknowledged = new Map<string, number>()
  let next = 0
  for (let kill = 0; kill < 5; kill++) {
    const child = startChild(t, 'write-objects.ts', [directory, String(next)])
    const after = 3 + Math.floor(Math.random() * 12)
    let lines = 0
    for await (const line of child.lines) {
      const [key = '', version] = line.split(' ')
      acknowledged.set(key, Number(version))
      next = Number(version) + 1
      if (++lines === after) setTimeout(() => child.process.kill('SIGKILL'), Math.random() * 4)
    }
    await child.ended
    for (const key of await keysOf(store)) {
      const found = versionOf((await (await store.get(key))?.bytes()) ?? new Uint8Array())
      assert.ok(found >= (acknowledged.get(key) ?? 0), `${key} went back to ${found}, kill ${kill} after ${after}`)
    }
    for (const key of acknowledged.keys())
      assert.ok(await store.head(key), `${key} is gone, kill ${kill} after ${after}`)
  }
  mkdirSync(join(directory, 'once'), { recursive: true })
  for (const folder of ['some/dir', 'once']) {
    await store.put(`${folder}/last`, bytes)
    const temps = readdirSync(join(directory, folder)).filter((name) => name.startsWith('.'))
    assert.deepEqual(temps, [], folder)
  }
})

interface Expected {
  readonly code: string
  readonly kind: ErrorKind
  readonly mentions: string
}

function assertError(error: unknown, { code, kind, mentions }: Expected): void {
  assert.ok(isSluiceError(error, code, kind), String(error))
  assert.ok(error.message.includes(mentions), error.message)
}

async function keysOf(store: ObjectStore, options?: ListOptions): Promise<string[]> {
  const keys: string[] = []
  for await (const page of store.list('', options)) keys.push(...page.map(({ key }) => key))
  return keys
}

function namesIn(directory: string, name: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(name))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileSourceOpener } from '../../../src/connectors/file-source.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import { FakeClock } from '../fake-clock.ts'
import { FakeStorage } from '../fake-storage.ts'
import { FakeCommits, readAll } from '../source-memory.ts'

const URL = 'file:///data/in'

function open(text: string, options: Record<string, unknown>, storage = new FakeStorage()) {
  storage.write(`${URL}/a`, text)
  return fileSourceOpener({ storage, clock: new FakeClock() })(
    { kind: 'file', options: { url: URL, newFilesOnly: false, ...options } },
    'in',
  )
}

test('NDJSON is a value a line, and a line that is none fails the batch by its place', async () => {
  const commits = new FakeCommits()
  assert.deepEqual(await commits.batch(open('{"a":1}\n\n[2]\n', { format: 'ndjson' })), [[{ a: 1 }, [2]]])
  const source = open('1\nnot json\n', { format: 'ndjson' })
  const plan = await new FakeCommits().plan(source)
  await assert.rejects(readAll(source, plan), { code: 'file-corrupt', message: /^Line 2 .*in\/a$/ })
})

test('a decoder makes elements of the bytes of each file, again in a later reading', async () => {
  async function* decode(bytes: AsyncIterable<Uint8Array>) {
    for await (const chunk of bytes) yield [...chunk]
  }
  const source = open('abcdefghij', { decode })
  const plan = await new FakeCommits().plan(source)
  assert.equal(plan.records, undefined)
  const [ten] = await readAll(source, plan)
  assert.deepEqual(ten, [97, 98, 99, 100, 101, 102, 103, 104, 105, 106])
  assert.deepEqual(await readAll(source, plan), [ten])
  assert.equal(source.inputInfo?.(plan).Description, `${URL}/a`)
})

test('a decoder that fails is told of with the file, and what is no function is refused', async () => {
  const source = open('x', {
    decode: async function* () {
      yield ['first']
      throw new TypeError('row is undefined')
    },
  })
  const plan = await new FakeCommits().plan(source)
  await assert.rejects(readAll(source, plan), {
    code: 'file-corrupt',
    kind: 'data',
    message: /row is undefined.*in\/a/,
  })
  assert.throws(() => open('x', { decode: 'text' }), { code: 'bad-option' })
  assert.throws(() => open('x', { format: 'csv' }), { code: 'bad-option', message: /'ndjson'/ })
})

test('a store that fails under a decoder is reported as itself, whatever the decoder makes of it', async () => {
  const storage = new FakeStorage()
  const decode = async function* (bytes: AsyncIterable<Uint8Array>) {
    try {
      for await (const chunk of bytes) yield [chunk.length]
    } catch {
      throw new TypeError('the file is torn')
    }
  }
  const source = open('x', { decode }, storage)
  const plan = await new FakeCommits().plan(source)
  storage.fault = () => new SluiceError({ code: 'slow-down', kind: 'retryable', message: 'Slow down' })
  await assert.rejects(readAll(source, plan), { code: 'slow-down', kind: 'retryable' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Token } from '../../../src/checkpoint/attempt.ts'
import { filesSinkOpener } from '../../../src/connectors/files-sink.ts'
import { type FilesLayoutOptions, filesLayout } from '../../../src/dstream/outputs/files-layout.ts'
import { elementFormat, pairFormat } from '../../../src/rdd/formats/named-format.ts'
import { readObjectFile } from '../../../src/rdd/formats/object-file.ts'
import { joinBytes, type OutputFormat } from '../../../src/rdd/formats/output-format.ts'
import { publishWhole } from '../../../src/scheduler/publish.ts'
import { decoded } from '../../rdd/formats/encoded.ts'
import { FakeStorage } from '../fake-storage.ts'
import { attempt, CHECKPOINT, committed, jobOf, publishContext } from '../output-job.ts'

const text = elementFormat<unknown>('text')
const PREFIX = 'file:///out/counts'
type Partitions = readonly (readonly (readonly unknown[])[])[]

interface Given {
  readonly layout: FilesLayoutOptions
  readonly format?: OutputFormat<unknown>
  readonly inlineBytes?: number
  readonly attempt?: Attempt
}

/** The files that readers find, in the order that a listing gives them in. */
async function written(partitions: Partitions, given: Given) {
  const storage = new FakeStorage()
  const { format = text } = given
  const layout = filesLayout(given.layout, format)
  const options = { prefix: PREFIX, suffix: '', format, layout }
  const sink = filesSinkOpener(storage)({ kind: 'files', options }, 'counts')
  const staged = committed(await sink.stage(jobOf(partitions, storage, given)))
  assert.deepEqual(
    [...storage.objects.keys()].filter((url) => !url.startsWith(CHECKPOINT)),
    [],
    'nothing is visible before the commit',
  )
  await publishWhole(sink, staged, publishContext(storage))
  const directory = `${PREFIX}-1000/`
  const names = [...storage.objects.keys()].filter((url) => url.startsWith(directory)).sort()
  const files = Object.fromEntries(names.map((url) => [url.slice(directory.length), storage.text(url)]))
  return { files, staged, storage }
}

/** The same elements in chunks of this size, with empty ones between. */
function rechunked(partitions: Partitions, size: number): Partitions {
  return partitions.map((chunks) => {
    const elements = chunks.flat()
    const cut: unknown[][] = []
    for (let at = 0; at < elements.length; at += size) cut.push(elements.slice(at, at + size), [])
    return cut
  })
}

const letters = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(97 + first + i))

test('a file is ended by the record that fills it, and each has its number', async () => {
  const { files } = await written([[letters(0, 5)], [], [letters(5, 2)]], { layout: { maxPartRecords: 2 } })
  assert.deepEqual(files, {
    _SUCCESS: '',
    'part-00000-00000': 'a\nb\n',
    'part-00000-00001': 'c\nd\n',
    'part-00000-00002': 'e\n',
    'part-00002-00000': 'f\ng\n',
  })
})

test('a file is ended by the element with which it has its bytes, counted as UTF-8', async () => {
  const { files } = await written([[['aa', '€', '𝄞', 'b', 'c', 'long enough', 'd']]], { layout: { maxPartBytes: 5 } })
  assert.deepEqual(Object.values(files), ['', 'aa\n€\n', '𝄞\n', 'b\nc\nlong enough\n', 'd\n'])
})

test('the names of files say their order, with an extension and past nine of them, too', async () => {
  const format: OutputFormat<unknown> = { extension: 'csv', header: 'h\n', encode: (value) => `${value}\n` }
  const elements = Array.from({ length: 12 }, (_, i) => i)
  const { files, staged } = await written([[elements], [[12]]], { layout: { maxPartRecords: 1 }, format })
  assert.deepEqual(Object.values(files), ['', ...[...elements, 12].map((i) => `h\n${i}\n`)])
  assert.deepEqual(
    Object.keys(files).slice(1),
    staged.files.map(({ name }) => name),
  )
  assert.equal(staged.files[0]?.name, 'part-00000-00000.csv')
})

const formats: [string, OutputFormat<unknown>][] = [
  ['text', text],
  ['NDJSON', elementFormat('ndjson')],
  ['object files', elementFormat('object')],
  ['SequenceFiles', pairFormat({ format: 'sequence' }) as OutputFormat<unknown>],
]

for (const [name, format] of formats) {
  test(`${name}: where files end and what is joined depends on the elements alone, not on their chunks`, async () => {
    const pairs = Array.from({ length: 3000 }, (_, i) => [`€ key ${i * 7919}`, i])
    const partitions = [[pairs.slice(0, 2500)], [pairs.slice(2500, 2503)], [pairs.slice(2503)]]
    const layouts: FilesLayoutOptions[] = [
      { maxPartBytes: 9000 },
      { maxPartRecords: 999 },
      { maxPartBytes: 70_000, maxPartRecords: 700 },
      { compact: { targetBytes: 60_000 } },
      { maxPartBytes: 9000, compact: true },
    ]
    for (const layout of layouts) {
      const { files } = await written(partitions, { layout, format })
      const seen: string[] = Object.keys(files)
      assert.ok(seen.length > 2, `${JSON.stringify(layout)} makes ${seen}`)
      for (const size of [1, 64, 1000]) {
        const again = await written(rechunked(partitions, size), { layout, format })
        assert.deepEqual(again.files, files, JSON.stringify(layout))
      }
    }
  })
}

test('an object file counts what its encoder keeps back, so that it ends long before a frame is full', async () => {
  const format = elementFormat<unknown>('object')
  const elements = Array.from({ length: 100 }, (_, i) => `element ${i}`)
  const { storage, staged } = await written([[elements]], { layout: { maxPartBytes: 200 }, format })
  assert.ok(staged.files.length > 5)
  const back: unknown[] = []
  for (const { name } of staged.files) {
    const bytes = storage.objects.get(`${PREFIX}-1000/${name}`)?.bytes ?? new Uint8Array(0)
    back.push(...(await decoded(readObjectFile, bytes)))
  }
  assert.deepEqual(back, elements)
})

test('small neighbours are joined in the order of partitions, large ones stay', async () => {
  const large = 'x'.repeat(50)
  const partitions = [[['a']], [['b']], [[large]], [], [['c', 'd']], [['e']], [['f']]]
  const { files, staged } = await written(partitions, { layout: { compact: { targetBytes: 6 } }, inlineBytes: 20 })
  assert.deepEqual(files, {
    _SUCCESS: '',
    'part-00000': 'a\nb\n',
    'part-00002': `${large}\n`,
    'part-00004': 'c\nd\ne\n',
    'part-00006': 'f\n',
  })
  assert.equal(staged.files[0]?.at.kind, 'text', 'people can read small text in the manifest, joined or not')
})

test('what is joined has names of its own where it waits: one name has one content', async () => {
  const partitions = ['a', 'b', 'c', 'd'].map((letter) => [[letter.repeat(40)]])
  for (const inlineBytes of [0, 50, 100, 10_000]) {
    const { storage, staged } = await written(partitions, { layout: { compact: { targetBytes: 90 } }, inlineBytes })
    const puts = storage.calls.filter((call) => call.startsWith(`put ${CHECKPOINT}`))
    assert.equal(new Set(puts).size, puts.length, `inline up to ${inlineBytes}`)
    assert.deepEqual(
      staged.files.map(({ name, sizeBytes }) => [name, sizeBytes]),
      [
        ['part-00000', 82],
        ['part-00002', 82],
      ],
    )
  }
})

test('a file that does not come back as it was staged is no reason to give the checkpoint up: the batch is tried again', async () => {
  const storage = new FakeStorage()
  const options = { prefix: PREFIX, suffix: '', format: text, layout: filesLayout({ compact: true }, text) }
  const job = jobOf([[['a']], [['b']]], storage, { inlineBytes: 0 })
  storage.fault = (call) => {
    const url = call.slice('get '.length)
    const entry = call.startsWith('get ') ? storage.objects.get(url) : undefined
    if (entry) storage.objects.set(url, { ...entry, bytes: entry.bytes.map((byte) => byte ^ 1) })
    return undefined
  }
  const staging = filesSinkOpener(storage)({ kind: 'files', options }, 'counts').stage(job)
  await assert.rejects(staging, { code: 'staged-not-read-back', kind: 'retryable' })
})

test('joined files exceed neither size nor records that one may have', async () => {
  const partitions = letters(0, 6).map((letter) => [[letter]])
  const byRecords = await written(partitions, { layout: { maxPartRecords: 4, compact: true } })
  assert.deepEqual(Object.values(byRecords.files), ['', 'a\nb\nc\nd\n', 'e\nf\n'])
  const byBytes = await written(partitions, { layout: { maxPartBytes: 4, compact: true } })
  assert.deepEqual(Object.values(byBytes.files), ['', 'a\nb\n', 'c\nd\n', 'e\nf\n'])
})

test('many small files of a partition keep no more in memory than one does', async () => {
  const { staged } = await written([[letters(0, 20)]], { layout: { maxPartRecords: 1 }, inlineBytes: 10 })
  const inline = staged.files.filter(({ at }) => at.kind !== 'object')
  assert.equal(inline.length, 5)
})

test('another attempt at a batch ends and joins its files where the first did, and stages them beside its', async () => {
  const layout = { maxPartRecords: 2, compact: { targetBytes: 6 } }
  const staged = async (given: Attempt) => {
    const { files } = (await written([[letters(0, 9)]], { layout, inlineBytes: 0, attempt: given })).staged
    const places = files.map(({ at }) => (at.kind === 'object' ? at.ref.key : assert.fail(at.kind)))
    return { places, files: files.map(({ name, sizeBytes, crc32c }) => ({ name, sizeBytes, crc32c })) }
  }
  const [first, second] = [await staged(attempt), await staged({ ...attempt, token: 8 as Token, number: 2 })]
  assert.deepEqual(second.files, first.files)
  assert.ok(first.files.length > 1)
  assert.ok(!second.places.some((place) => first.places.includes(place)))
})

test('a format of the user is joined as it says', async () => {
  const format: OutputFormat<unknown> = {
    open: () => ({ encode: (words) => words.join(''), end: () => '.' }),
    join: (files) => joinBytes(files),
  }
  const { files } = await written([[['a']], [['b']]], { layout: { compact: true }, format })
  assert.deepEqual(files, { _SUCCESS: '', 'part-00000': 'a.b.' })
})

test('a layout that means nothing is refused with what to do', () => {
  const refused = (layout: unknown, message: RegExp, format = text) =>
    assert.throws(() => filesLayout(layout as FilesLayoutOptions, format), { code: 'bad-option', message })
  for (const size of [0, -1, 1.5, Number.NaN, '7', null]) {
    refused({ maxPartBytes: size }, /maxPartBytes is a whole number from 1/)
    refused({ maxPartRecords: size }, /maxPartRecords is a whole number from 1/)
    refused({ compact: { targetBytes: size } }, /targetBytes is a whole number from 1/)
  }
  for (const compact of [1, 'yes', null]) refused({ compact }, /compact is true, false or/)
  refused({ maxPartBytes: 10, compact: { targetBytes: 11 } }, /at most maxPartBytes, 10: 11/)
  const opaque: OutputFormat<unknown> = { open: () => ({ encode: () => '' }) }
  refused({ compact: true }, /give the format a function join/, opaque)
  filesLayout({ compact: false }, opaque)
})

test('a job of many files ends at the next one when its time is up, also within a chunk', async () => {
  const storage = new FakeStorage()
  const stop = new AbortController()
  const layout = filesLayout({ maxPartRecords: 1 }, text)
  const sink = filesSinkOpener(storage)(
    { kind: 'files', options: { prefix: PREFIX, suffix: '', format: text, layout } },
    'counts',
  )
  const elements = Array.from({ length: 100 }, (_, at) => ({
    toJSON: () => {
      if (at === 3) stop.abort(new Error('deadline'))
      return `${at}`.repeat(2_000)
    },
  }))
  await assert.rejects(sink.stage({ ...jobOf([[elements]], storage), signal: stop.signal }), /deadline/)
  assert.equal(storage.objects.size, 4)
})

test('bytes are taken at once: a format may make each in the buffer of the one before', async () => {
  const buffer = Buffer.alloc(2)
  const inOneBuffer = (text: string) => {
    buffer.write(text)
    return buffer
  }
  const elements: OutputFormat<unknown> = { encode: (element) => inOneBuffer(`${element};`) }
  const parts: OutputFormat<unknown> = {
    open: () => ({ encode: ([element]) => inOneBuffer(`${element};`) }),
    async *join(files) {
      for (const file of files) {
        for await (const chunk of file)
          for (const letter of Buffer.from(chunk).toString().replaceAll(';', '')) yield inOneBuffer(`${letter};`)
      }
    },
  }
  const oneByOne = [letters(0, 3).map((letter) => [letter]), letters(3, 1).map((letter) => [letter])]
  for (const inlineBytes of [100, 1]) {
    for (const layout of [{}, { maxPartBytes: 100 }, { compact: true }]) {
      for (const [format, partitions] of [
        [parts, oneByOne],
        [elements, oneByOne],
        [elements, [[letters(0, 4)]]],
      ] as const) {
        const { files } = await written(partitions, { layout, format, inlineBytes })
        assert.equal(Object.values(files).join(''), 'a;b;c;d;')
      }
    }
  }
})

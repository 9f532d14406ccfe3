import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { openLocalStorage } from '../../../src/local/stores/storage.ts'
import { SparkContext } from '../../../src/rdd/spark-context.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-rdd-files-'))
after(() => rmSync(root, { recursive: true, force: true }))
let tests = 0
let directory = ''
beforeEach(() => {
  directory = join(root, String(tests++))
  mkdirSync(directory)
})

const sc = new SparkContext({ storage: openLocalStorage() })
function write(name: string, content: string | Uint8Array): string {
  const path = join(directory, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}
const fileUrl = (name: string) => `file://${join(directory, name)}`

test('textFile reads a file, a directory without what is hidden, a glob, and several of them', async () => {
  write('in/b.txt', 'b1\nb2\n')
  write('in/a.txt', 'a1\n')
  write('in/_SUCCESS', '')
  write('in/.part.crc', 'x\n')
  write('in/deeper/c.txt', 'c1\n')
  write('other/d.log', 'd1')
  const lines = async (...paths: string[]) =>
    (await sc.textFile(paths.map((path) => join(directory, path)).join(','))).collect()
  assert.deepEqual(await lines('in/b.txt'), ['b1', 'b2'])
  assert.deepEqual(await lines('in'), ['a1', 'b1', 'b2'])
  assert.deepEqual(await lines('in/'), ['a1', 'b1', 'b2'])
  assert.deepEqual(await lines('in/*.txt'), ['a1', 'b1', 'b2'])
  assert.deepEqual(await lines('*/{c,d}.*', 'in/a.txt'), ['d1', 'a1'])
  assert.deepEqual(await lines('i?'), ['a1', 'b1', 'b2'])
  assert.deepEqual(await (await sc.textFile(fileUrl('in/a.txt'))).collect(), ['a1'])
})

test('a path where there is nothing is refused', async () => {
  const expected = { code: 'input-path-missing', kind: 'invalid' }
  await assert.rejects(sc.textFile(join(directory, 'none')), { ...expected, message: /Input path does not exist/ })
  await assert.rejects(sc.textFile(join(directory, '*.txt')), { ...expected, message: /matches 0 files/ })
  for (const path of ['', ' , ']) await assert.rejects(sc.textFile(path), { ...expected, message: /empty string/ })
  await assert.rejects(new SparkContext().textFile(directory), { code: 'no-storage', kind: 'invalid' })
  assert.equal((await sc.textFile(directory)).getNumPartitions(), 0)
})

test('however a file is cut, each line is read once, in order', async () => {
  const anyLine = fc.stringMatching(/^[a-zü€ ]{0,12}$/)
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLine, { minLength: 1, maxLength: 30 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 12 }),
      async (lines, end, isClosed, partitions) => {
        const content = lines.join(end) + (isClosed ? end : '')
        const expected = content === '' ? [] : content.split(end)
        if (expected.at(-1) === '') expected.pop()
        const rdd = await sc.textFile(write('cut.txt', content), partitions)
        assert.deepEqual(await rdd.collect(), expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('files are cut into about as many partitions as asked for; two by default', async () => {
  const path = write('long.txt', 'x'.repeat(99).concat('\n').repeat(100))
  assert.equal((await sc.textFile(path)).getNumPartitions(), 2)
  assert.equal((await sc.textFile(path, 10)).getNumPartitions(), 10)
  assert.equal(await (await sc.textFile(path, 7)).count(), 100)
  assert.equal(await (await sc.textFile(path, 7)).filter((line) => line.length === 99).count(), 100)
})

test('gzip is taken apart, in one partition', async () => {
  const path = write('words.gz', gzipSync('row\nboat\n'))
  const rdd = await sc.textFile(path, 4)
  assert.equal(rdd.getNumPartitions(), 1)
  assert.deepEqual(await rdd.collect(), ['row', 'boat'])
  const damaged = await sc.textFile(write('damaged.gz', 'no gzip'))
  await assert.rejects(damaged.count(), { code: 'source-corrupt' })
})

test('a line that fails is named with its file; a file that has changed since is refused', async () => {
  const path = write('words.txt', 'row\nboat\n')
  const lines = await sc.textFile(path, 1)
  const failing = lines.map((line) => JSON.parse(line))
  await assert.rejects(failing.count(), /line 1 of file:\/\/.*words\.txt/)
  write('words.txt', 'another text\n')
  await assert.rejects(lines.count(), { code: 'object-changed' })
  rmSync(path)
  await assert.rejects(lines.count(), { code: 'source-missing' })
})

test('wholeTextFiles and binaryFiles give each file with its URL', async () => {
  write('in/a.txt', 'a\nb\n')
  write('in/b.txt', 'ü')
  const files = await sc.wholeTextFiles(join(directory, 'in'))
  assert.deepEqual(await files.collect(), [
    [fileUrl('in/a.txt'), 'a\nb\n'],
    [fileUrl('in/b.txt'), 'ü'],
  ])
  assert.equal(files.getNumPartitions(), 2)
  const bytes = await sc.binaryFiles(join(directory, 'in/b.txt'))
  assert.deepEqual(await bytes.collect(), [[fileUrl('in/b.txt'), Uint8Array.of(0xc3, 0xbc)]])
})

test('binaryRecords cuts files into records, and refuses those that do not end with a whole one', async () => {
  const path = write('records.bin', Uint8Array.of(1, 2, 3, 4, 5, 6))
  const records = await sc.binaryRecords(path, 2)
  assert.deepEqual(await records.collect(), [Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(5, 6)])
  await assert.rejects(sc.binaryRecords(path, 4), { code: 'record-length', kind: 'data' })
  await assert.rejects(sc.binaryRecords(path, 0), { code: 'record-length', kind: 'invalid' })
  assert.equal(await (await sc.binaryRecords(write('empty.bin', ''), 4)).count(), 0)
})

test('saveAsTextFile writes a file for each partition that has elements, and _SUCCESS', async () => {
  const out = join(directory, 'out')
  await sc
    .parallelize<[string, number]>(
      [
        ['row', 3],
        ['boat', 1],
      ],
      3,
    )
    .saveAsTextFile(out)
  assert.deepEqual(readdirSync(out).sort(), ['_SUCCESS', 'part-00001', 'part-00002'])
  assert.equal(readFileSync(join(out, 'part-00001'), 'utf8'), '(row,3)\n')
  assert.deepEqual(await (await sc.textFile(out)).collect(), ['(row,3)', '(boat,1)'])
})

test('an output directory that holds anything is refused, and left as it is', async () => {
  write('out/mine.txt', 'x')
  const out = join(directory, 'out')
  await assert.rejects(sc.parallelize([1]).saveAsTextFile(out), {
    code: 'output-exists',
    message: /^Output directory .* already exists/,
  })
  assert.deepEqual(readdirSync(out), ['mine.txt'])
})

test('a save that fails leaves no _SUCCESS and no half file', async () => {
  const out = join(directory, 'out')
  const failing = sc.range(0, 30_000, 1, 2).map((n) => {
    if (n === 29_999) throw new Error('last')
    return n
  })
  await assert.rejects(failing.saveAsTextFile(out), /last/)
  assert.ok(!readdirSync(out).includes('_SUCCESS'))
  assert.ok(!readdirSync(out).includes('part-00001'))
})

test('object files and SequenceFiles give back what was written', async () => {
  const elements = [new Date(5), new Map([['a', [1n]]]), Number.NaN, undefined, 'ü']
  await sc.parallelize<unknown>(elements, 2).saveAsObjectFile(join(directory, 'objects'))
  assert.deepEqual(await (await sc.objectFile(join(directory, 'objects'))).collect(), elements)
  const pairs: [string, number][] = [
    ['row', 3],
    ['boat', 1],
  ]
  await sc.parallelize(pairs, 2).saveAsSequenceFile(join(directory, 'sequence'))
  assert.deepEqual(await (await sc.sequenceFile<string, number>(join(directory, 'sequence'))).collect(), pairs)
  await assert.rejects((await sc.objectFile(join(directory, 'sequence'))).collect(), { code: 'file-corrupt' })
})

test('saveAsHadoopFile writes key, tab and value, or another format', async () => {
  const pairs = sc.parallelize([['row', 3]], 1)
  await pairs.saveAsHadoopFile(join(directory, 'tabs'))
  assert.equal(readFileSync(join(directory, 'tabs/part-00000'), 'utf8'), 'row\t3\n')
  const format = {
    extension: 'csv',
    header: 'word,count\n',
    encode: ([word, count]: [string, number]) => `${word},${count}\n`,
  }
  await pairs.saveAsFile(join(directory, 'csv'), format)
  assert.equal(readFileSync(join(directory, 'csv/part-00000.csv'), 'utf8'), 'word,count\nrow,3\n')
})

test('memory is a place, too', async () => {
  await sc.parallelize(['row']).saveAsTextFile('memory://words')
  assert.deepEqual(await (await sc.textFile('memory://words')).collect(), ['row'])
  await assert.rejects(sc.textFile('memory://nothing'), { code: 'input-path-missing' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairFormat } from '../../../src/rdd/formats/named-format.ts'
import type { OutputFormat } from '../../../src/rdd/formats/output-format.ts'
import { readSequenceFile } from '../../../src/rdd/formats/read-sequence-file.ts'
import type { SequenceFileOptions } from '../../../src/rdd/formats/sequence-file.ts'
import { decoded, encoded, part } from './encoded.ts'
import { parseSequenceFile } from './parse-sequence-file.ts'

type Pair = readonly [unknown, unknown]

const sequence = (options: SequenceFileOptions = {}): OutputFormat<Pair> =>
  pairFormat({ format: 'sequence', ...options }) as OutputFormat<Pair>

/** `sc.parallelize([(1.5, 'x'), (2.5, 'y')], 1).saveAsSequenceFile(…)` of PySpark 3.5.7. */
const FROM_SPARK = Buffer.from(
  '53455106236f72672e6170616368652e6861646f6f702e696f2e446f75626c655772697461626c65196f72672e6170616368652e6861646f6f702e696f2e546578740000000000004d9c2555973c9106e8c9ceba8f9fa2460000000a000000083ff800000000000001780000000a0000000840040000000000000179',
  'hex',
)

test('a file that Spark wrote is read, and written again byte for byte but for the sync marker', async () => {
  const pairs: Pair[] = await decoded(readSequenceFile, FROM_SPARK)
  assert.deepEqual(pairs, [
    [1.5, 'x'],
    [2.5, 'y'],
  ])
  const again = encoded<Pair>(sequence(), [pairs])
  const { sync } = parseSequenceFile(again)
  const [before, behind] = [FROM_SPARK.subarray(0, 0x48), FROM_SPARK.subarray(0x58)]
  assert.ok(again.equals(Buffer.concat([before, sync, behind])))
})

test('each type has the class and the bytes of its Writable', () => {
  const cases: [unknown, SequenceFileOptions['value'], string, string][] = [
    ['ü', undefined, 'Text', '02c3bc'],
    ['x'.repeat(200), 'text', 'Text', `8fc8${'78'.repeat(200)}`],
    ['x'.repeat(70_000), 'text', 'Text', `8d011170${'78'.repeat(70_000)}`],
    [3, undefined, 'LongWritable', '0000000000000003'],
    [-(2 ** 53 - 1), undefined, 'LongWritable', 'ffe0000000000001'],
    [-(2n ** 63n), undefined, 'LongWritable', '8000000000000000'],
    [-2, 'int', 'IntWritable', 'fffffffe'],
    [1.5, undefined, 'DoubleWritable', '3ff8000000000000'],
    [3, 'double', 'DoubleWritable', '4008000000000000'],
    [1.5, 'float', 'FloatWritable', '3fc00000'],
    [true, undefined, 'BooleanWritable', '01'],
    [Uint8Array.of(1, 255), undefined, 'BytesWritable', '0000000201ff'],
    [null, undefined, 'NullWritable', ''],
    [undefined, undefined, 'NullWritable', ''],
  ]
  for (const [value, type, className, hex] of cases) {
    const parsed = parseSequenceFile(encoded(sequence({ value: type }), [[['k', value]]]))
    assert.equal(parsed.valueClass, `org.apache.hadoop.io.${className}`)
    assert.deepEqual(
      parsed.records.map((record) => record.value.toString('hex')),
      [hex],
    )
  }
})

test('pairs of each type come back, longs exactly', async () => {
  const columns: [SequenceFileOptions, Pair[]][] = [
    [
      {},
      [
        ['', 0],
        ['ü€𝄞', -1],
        ['k', 2 ** 53 - 1],
      ],
    ],
    [
      {},
      [
        [2n ** 63n - 1n, null],
        [-(2n ** 60n), null],
      ],
    ],
    [
      { key: 'int', value: 'double' },
      [
        [-5, Number.NaN],
        [2 ** 31 - 1, -0],
      ],
    ],
    [
      {},
      [
        [false, Uint8Array.of()],
        [true, Uint8Array.of(0, 1)],
      ],
    ],
  ]
  for (const [options, pairs] of columns) {
    assert.deepEqual(await decoded(readSequenceFile, encoded(sequence(options), [pairs])), pairs)
  }
})

test('however pairs are handed over the bytes are the same, with a sync marker every 100 KiB', async () => {
  const pairs: Pair[] = Array.from({ length: 20_000 }, (_, i) => [`key ${i}`, i])
  const whole = encoded(sequence(), [pairs])
  assert.ok(encoded(sequence(), [pairs.slice(0, 1), [], pairs.slice(1, 7000), pairs.slice(7000)]).equals(whole))
  const { syncs, records } = parseSequenceFile(whole)
  assert.equal(records.length, pairs.length)
  const gaps = syncs.map((at, i) => at - (syncs[i - 1] ?? 0))
  assert.ok(syncs.length > 3 && gaps.every((gap) => gap >= 102_400 && gap < 103_000), String(gaps))
  for (const size of [999, 65_536, 1e9]) assert.deepEqual(await decoded(readSequenceFile, whole, size), pairs)
})

test('the sync marker is that of the file: the same in every attempt, another in every other file', () => {
  const marker = (identity: string) =>
    parseSequenceFile(encoded(sequence(), [[['a', 1]]], { ...part, identity })).sync.toString('hex')
  assert.equal(marker('counts/1000/0'), marker('counts/1000/0'))
  assert.equal(new Set(['counts/1000/0', 'counts/1000/1', 'counts/2000/0'].map(marker)).size, 3)
})

test('keys and values have one type each: others are refused with what to do', () => {
  const refused = (pairs: readonly unknown[], message: RegExp, options?: SequenceFileOptions) =>
    assert.throws(() => encoded(sequence(options), [pairs as Pair[]]), { code: 'not-writable', kind: 'data', message })
  refused(
    [
      ['a', 1],
      ['b', 1.5],
    ],
    /values of a SequenceFile have one type, here .*LongWritable; choose .*: 1\.5 \(number\)$/,
  )
  refused(
    [
      ['a', 1],
      [2, 1],
    ],
    /keys .*Text.*: 2 \(number\)$/,
  )
  refused([['a', 2 ** 31]], /IntWritable/, { value: 'int' })
  refused([['a', 2n ** 63n]], /no type for this value/)
  refused([['a', { b: 1 }]], /no type for this value.*\{"b":1\}/)
  refused(['row'], /made of pairs/)
  refused([['a', 1, 2]], /made of pairs/)
  assert.throws(() => sequence({ key: 'varchar' as 'text' }), {
    code: 'bad-format',
    message: /text, int, long.*varchar$/,
  })
})

test('a file that is damaged, cut short, or of another kind is refused', async () => {
  const bytes = encoded(sequence(), [
    [
      ['a', 1],
      ['bc', 2],
    ],
  ])
  const records = bytes.length - 2 * 8 - 2 * 8 - 5
  for (let end = 0; end < bytes.length; end++) {
    const atRecord = end === records || end === records + 18
    if (!atRecord)
      await assert.rejects(decoded(readSequenceFile, bytes.subarray(0, end)), { code: 'file-corrupt' }, `${end}`)
  }
  const broken = async (at: number, hex: string, message: RegExp) => {
    const copy = Buffer.concat([bytes.subarray(0, at), Buffer.from(hex, 'hex'), bytes.subarray(at + hex.length / 2)])
    await assert.rejects(decoded(readSequenceFile, copy), { code: 'file-corrupt', kind: 'data', message })
  }
  const [key, value] = ['org.apache.hadoop.io.Text', 'org.apache.hadoop.io.LongWritable']
  const flags = 4 + 1 + key.length + 1 + value.length
  await broken(0, '524546', /no SequenceFile/)
  await broken(3, '04', /version 6 .* not 4/)
  await broken(5, '4f', /a type other than Text, IntWritable.*Org\.apache/)
  await broken(flags, '01', /Compressed SequenceFiles are not read here/)
  await broken(flags + 1, '01', /Compressed/)
  await broken(records, '80000000', /damaged/)
  await broken(records, 'ffffffff', /damaged/)
  await broken(records + 4, '0000000b', /damaged/)
  await broken(records + 8, '03', /damaged/)
})

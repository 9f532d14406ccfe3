import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printSinkOpener } from '../../src/connectors/print-sink.ts'
import { FakeStorage } from './fake-storage.ts'
import { committed, jobOf, publishContext } from './output-job.ts'

const RULER = '-------------------------------------------'

async function printed(elements: readonly unknown[], options: Record<string, unknown> = {}): Promise<string> {
  const storage = new FakeStorage()
  let text = ''
  const sink = printSinkOpener((more) => {
    text += more
  })({ kind: 'print', options }, 'print')
  const staged = await sink.stage(jobOf([[elements]], storage))
  assert.equal(text, '', 'nothing is printed before the commit')
  await sink.publish(committed(staged), publishContext(storage))
  return text
}

test('print writes the batch time and the first ten elements as Spark does', async () => {
  const ten = Array.from({ length: 10 }, (_, i) => [`w${i}`, i])
  const rows = ten.map(([word, count]) => `(${word},${count})\n`).join('')
  const header = `${RULER}\nTime: 1000 ms\n${RULER}\n`
  assert.equal(await printed(ten), `${header}${rows}\n`)
  assert.equal(await printed([...ten, 'more']), `${header}${rows}...\n\n`)
  assert.equal(await printed(['a', 'b'], { num: 1 }), `${header}a\n...\n\n`)
})

test('an empty batch prints its header alone', async () => {
  assert.equal(await printed([]), `${RULER}\nTime: 1000 ms\n${RULER}\n\n`)
})

test('print takes one element more than it shows', async () => {
  const job = jobOf([], new FakeStorage())
  const sink = printSinkOpener(() => {})({ kind: 'print', options: { num: 3 } }, 'print')
  let taken = 0
  await sink.stage({
    ...job,
    take: async (count) => {
      taken = count
      return []
    },
  })
  assert.equal(taken, 4)
  assert.throws(() => printSinkOpener(() => {})({ kind: 'print', options: { num: -1 } }, 'print'), {
    code: 'bad-option',
  })
})

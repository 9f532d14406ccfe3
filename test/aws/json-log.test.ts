import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLog } from '../../src/aws/json-log.ts'

const clock = { now: () => 0, sleep: async () => {} }

test('each event is one line of JSON, whose own names no field can take', () => {
  const lines: string[] = []
  const log = jsonLog({ clock, fields: { app: 'a' }, write: (line) => void lines.push(line) })
  log.info('batch committed', { records: 12, text: 'two\nlines', level: 'mine', event: 'mine' })
  log.error('odd', { big: 1n, error: new Error('inside') })
  assert.ok(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1))
  const [first, second] = lines.map((line) => JSON.parse(line))
  const own = { time: '1970-01-01T00:00:00.000Z', level: 'INFO', event: 'batch committed' }
  assert.deepEqual(first, { ...own, app: 'a', records: 12, text: 'two\nlines' })
  assert.equal(second.level, 'ERROR')
  assert.equal(second.big, '1')
  assert.match(second.error, /^Error: inside/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleLog } from '../../src/local/console-log.ts'

const clock = { now: () => new Date(2026, 0, 2, 3, 4, 5).getTime(), sleep: async () => {} }

function linesOf(level?: 'debug' | 'warn'): { readonly log: ReturnType<typeof consoleLog>; readonly lines: string[] } {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  return { log: consoleLog({ clock, write, ...(level && { level }) }), lines }
}

test('a line has time, level, event and fields that a person can read', () => {
  const { log, lines } = linesOf()
  log.warn('batch failed', { batchTime: 1000, message: 'no such stream', code: 'stream-missing', skipped: undefined })
  assert.deepEqual(lines, ['03:04:05 warn  batch failed batchTime=1000 message="no such stream" code=stream-missing\n'])
})

test('texts of several lines follow below', () => {
  const { log, lines } = linesOf()
  log.error('failed', { stack: 'Error: x\n  at y', n: 1 })
  assert.deepEqual(lines, ['03:04:05 error failed n=1\n  stack:\n    Error: x\n      at y\n'])
})

test('what is less important than the level is not shown; debug is not by default', () => {
  const [usual, quiet, all] = [linesOf(), linesOf('warn'), linesOf('debug')]
  for (const { log } of [usual, quiet, all]) {
    log.debug('d')
    log.info('i')
    log.error('e')
  }
  assert.deepEqual([usual.lines.length, quiet.lines.length, all.lines.length], [2, 1, 3])
})

test('values that JSON does not know never stop a log line', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const { log, lines } = linesOf()
  log.info('odd', { big: 12n, circular, error: new Error('inside'), symbol: Symbol('s'), nothing: null })
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /big="12" circular="\[object Object\]" error="Error: inside.* nothing=null/)
})

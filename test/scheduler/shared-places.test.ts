import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sink } from '../../src/ports/sink.ts'
import { type NamedSink, refuseSharedPlaces } from '../../src/scheduler/shared-places.ts'

function placed(name: string, place: (time: number) => string): NamedSink {
  return { name, sink: { place } as Partial<Sink> as Sink }
}

test('an output into a directory that another makes for a batch is refused, however deep, and one beside it is not', () => {
  const outer = placed('outer', (time) => `memory://a/b-${time}.txt`)
  const within = (name: string) => placed('inner', (time) => `memory://a/${name}/c/d-${time}`)
  for (const sinks of [
    [outer, within('b-7.txt')],
    [within('b-7.txt'), outer],
  ])
    assert.throws(() => refuseSharedPlaces(sinks), { code: 'shared-place' })
  refuseSharedPlaces([outer, within('b-7'), within('c-7.txt'), within('b-07.txt')])
})

test('what many outputs ask for their places grows with the outputs, not with their square', () => {
  let asked = 0
  const outputs = Array.from({ length: 100 }, (_, i) =>
    placed(`o${i}`, (time) => {
      asked++
      return `memory://out/2026/tenant-${i}/v1/x${i}-${time}`
    }),
  )
  refuseSharedPlaces(outputs)
  assert.ok(asked <= 10 * outputs.length, `${asked} places for ${outputs.length} outputs`)
})

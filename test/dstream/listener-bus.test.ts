import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ListenerBus } from '../../src/dstream/listener-bus.ts'

function listening() {
  const heard: number[] = []
  const bus = new ListenerBus()
  const listener = { onStreamingStarted: ({ time }: { readonly time: number }) => void heard.push(time) }
  bus.add(listener)
  return { heard, bus, listener }
}

test('events are delivered in order, and apart from whoever posts them', async () => {
  const { heard, bus } = listening()
  for (const time of [1, 2, 3]) bus.post('onStreamingStarted', { time })
  assert.deepEqual(heard, [])
  await bus.drained()
  assert.deepEqual(heard, [1, 2, 3])
})

test('a listener that is added twice hears an event once', async () => {
  const { heard, bus, listener } = listening()
  bus.add(listener)
  bus.post('onStreamingStarted', { time: 1 })
  await bus.drained()
  assert.deepEqual(heard, [1])
})

test('a listener hears what was posted before it was removed, and nothing after', async () => {
  const { heard, bus, listener } = listening()
  bus.post('onStreamingStarted', { time: 1 })
  bus.remove(listener)
  assert.equal(bus.listening, false)
  bus.post('onStreamingStarted', { time: 2 })
  await bus.stop()
  assert.deepEqual(heard, [1])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimWorld } from './sim-world.ts'
import { Trigger } from './trigger.ts'

/** How many processes are at work after the first tick, when no time has gone by, and how often several came at once. */
function firstTick(seed: number) {
  const world = new SimWorld(seed)
  const trigger = new Trigger(world)
  trigger.tick()
  const working = trigger.processes.filter(({ busy }) => busy).length
  return { working, atOnce: world.faults.counts.get('at-once') ?? 0 }
}

test('what a tick starts at once are two or three processes at the same instant; any other starts one, or none', () => {
  const ticks = Array.from({ length: 300 }, (_, i) => firstTick(i + 1))
  const seen = (atOnce: number) => new Set(ticks.filter((tick) => tick.atOnce === atOnce).map(({ working }) => working))
  assert.deepEqual([seen(1), seen(0)], [new Set([2, 3]), new Set([0, 1])])
})

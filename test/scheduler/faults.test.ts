import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAULTS, type Fault, FaultyIO } from './faulty-io.ts'
import { drain, processesWith, World } from './world.ts'

const FILES = 5

async function undisturbed() {
  const world = new World()
  await world.feed(FILES)
  const io = new FaultyIO(() => undefined)
  await drain(world, processesWith(world, io))
  return { outputs: await world.outputs(), calls: io.calls }
}

async function disturbed(faultAt: (call: number) => Fault | undefined) {
  const world = new World()
  await world.feed(FILES)
  await drain(world, processesWith(world, new FaultyIO(faultAt)))
  assert.deepEqual(world.overwritten, [])
  return world.outputs()
}

test('an undisturbed run publishes each batch of each output, closed by _SUCCESS', async () => {
  const { outputs } = await undisturbed()
  for (const output of ['batch', 'window', 'total']) {
    for (let batch = 1; batch <= FILES; batch++) assert.ok(outputs.has(`${output}-${batch * 1000}/_SUCCESS`))
  }
  const total = [...outputs]
    .filter(([key]) => key.startsWith(`total-${FILES * 1000}/part`))
    .flatMap(([, text]) => text.split('\n'))
  assert.ok(total.includes(`(a,${3 * FILES})`), String(total))
})

for (const fault of FAULTS) {
  test(`${fault} at any call leaves the very files of an undisturbed run`, async () => {
    const { outputs, calls } = await undisturbed()
    assert.ok(calls.length > 30, `only ${calls.length} calls`)
    for (let at = 0; at < calls.length; at++) {
      const found = await disturbed((call) => (call === at ? fault : undefined))
      assert.deepEqual(found, outputs, `${fault} at call ${at}, ${calls[at]}`)
    }
  })
}

test('two faults in one run leave the very files of an undisturbed run', async () => {
  const { outputs, calls } = await undisturbed()
  for (let first = 0; first < calls.length; first += 3) {
    for (const [i, fault] of FAULTS.entries()) {
      const second = first + 1 + ((first + i) % 7)
      const faults = new Map<number, Fault>([
        [first, 'lost-answer'],
        [second, fault],
      ])
      const found = await disturbed((call) => faults.get(call))
      assert.deepEqual(found, outputs, `lost-answer at ${first}, ${fault} at ${second}`)
    }
  }
})

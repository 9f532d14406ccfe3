import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operatorAct } from '../../src/scheduler/operator-act.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { collecting, signal, worldWith } from './collecting.ts'

const app = collecting()
const missing = new SluiceError({ code: 'object-missing', kind: 'data', message: 'it is gone' })

test('what is missing to an operator who was overtaken is no damage: somebody else has collected it', async () => {
  const world = await worldWith(app, 2)
  const overtake = () => operatorAct(world.process(undefined, app), { act: async () => {}, signal })
  const act = async (): Promise<never> => {
    await overtake()
    throw missing
  }
  await assert.rejects(operatorAct(world.process(undefined, app), { act, signal }), { code: 'overtaken' })
})

test('what is missing to an operator who has the application is missing', async () => {
  const world = await worldWith(app, 2)
  const act = () => Promise.reject(missing)
  await assert.rejects(operatorAct(world.process(undefined, app), { act, signal }), { code: 'object-missing' })
})

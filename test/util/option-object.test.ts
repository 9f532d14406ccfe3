import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OptionsForm, optionObject } from '../../src/util/option-object.ts'

const FORM: OptionsForm<{ readonly name?: string }> = { example: "{ name: 'counts' }", names: { name: true } }

test('Who takes options is asked for a text only when they are refused: the place of a call is found out slowly', () => {
  let asked = 0
  const taker = {
    toString(): string {
      asked++
      return 'print at app.ts:7'
    },
  }
  assert.deepEqual(optionObject({ name: 'counts' }, taker, FORM), { name: 'counts' })
  assert.equal(asked, 0)
  assert.throws(() => optionObject({ nmae: 'counts' } as never, taker, FORM), /^SluiceError: print at app\.ts:7 takes/)
  assert.equal(asked, 1)
})

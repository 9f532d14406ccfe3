import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memberPath } from '../../src/util/member-path.ts'

const lost = () => {}

test('a value is named by the way to it, as a program would write it', () => {
  const items = [1, { 'two words': new Map([['k', lost]]) }]
  const within = { items }
  assert.equal(memberPath([lost]), 'value')
  const map = (items[1] as { readonly 'two words': unknown })['two words']
  assert.equal(memberPath([within, items, items[1], map, lost]), 'value.items[1]["two words"].get("k")')
})

test('what no program can write is named in words', () => {
  assert.equal(memberPath([new Set([lost]), lost]), 'value[an item of the Set]')
  assert.equal(memberPath([new Map([[lost, 1]]), lost]), 'value[a key of the Map]')
  assert.equal(memberPath([new Map([[{}, lost]]), lost]), 'value.get(a key)')
  assert.equal(memberPath([[Number.NaN], Number.NaN]), 'value[0]')
})

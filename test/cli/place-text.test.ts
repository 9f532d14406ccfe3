import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { placeText } from '../../src/cli/place-text.ts'

test('a place below the working directory is told from there, any other as it is', () => {
  const below = (name: string) => pathToFileURL(join(process.cwd(), name)).href
  assert.equal(placeText(below('out/t-1000')), './out/t-1000')
  assert.equal(placeText(below('50% #1/t-1000')), './50% #1/t-1000')
  for (const place of [below('../out/t-1000'), '/out/t-1000', 'out/t-1000', 's3://bucket/out/t-1000'])
    assert.equal(placeText(place), place)
})

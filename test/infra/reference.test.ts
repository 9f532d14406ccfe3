import assert from 'node:assert/strict'
import { test } from 'node:test'
import { referencePages } from '../../infra/reference/reference.ts'
import { publicApi } from '../examples/public-api.ts'

test('every public symbol has its section with its code, and every public method one below it', () => {
  const pages = [...referencePages().values()].join('\n')
  for (const { name, members } of publicApi) {
    assert.ok(pages.includes(`\n## ${name}\n\n\`\`\`ts\n`), name)
    for (const member of members) assert.ok(pages.includes(`\n### ${member.name}\n\n\`\`\`ts\n`), member.name)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings, readToken } from '../../src/aws/environment.ts'
import { SluiceError } from '../../src/util/errors.ts'

const GOOD = { SLUICE_CHECKPOINT: 's3://bucket/prefix', SLUICE_TABLE: 'heads', SLUICE_PARAMS: '{"in":"s3://a"}' }

function refusal(variables: Readonly<Record<string, string | undefined>>): string {
  try {
    readSettings({}, variables)
  } catch (error) {
    assert.ok(error instanceof SluiceError)
    assert.deepEqual([error.code, error.kind], ['bad-configuration', 'invalid'])
    return error.message
  }
  throw new assert.AssertionError({ message: `accepted ${JSON.stringify(variables)}` })
}

test('settings come from the environment', () => {
  const { checkpoint, table, params } = readSettings({}, GOOD)
  assert.deepEqual(
    { checkpoint, table, params },
    { checkpoint: 's3://bucket/prefix', table: 'heads', params: { in: 's3://a' } },
  )
})

test('options win over the environment, one by one', () => {
  const { checkpoint, table, params } = readSettings({ table: 'mine', params: { in: 'x' } }, GOOD)
  assert.deepEqual(
    { checkpoint, table, params },
    { checkpoint: 's3://bucket/prefix', table: 'mine', params: { in: 'x' } },
  )
})

test('an application may have no parameters', () => {
  for (const SLUICE_PARAMS of [undefined, '', '  ']) {
    assert.deepEqual(readSettings({}, { ...GOOD, SLUICE_PARAMS }).params, {})
  }
})

test('everything that is missing is told at once, with what it is for', () => {
  const message = refusal({})
  assert.match(message, /SLUICE_CHECKPOINT is not set.*s3:\/\/bucket\/prefix/)
  assert.match(message, /SLUICE_TABLE is not set/)
})

test('what is malformed is told with what was found', () => {
  assert.match(refusal({ ...GOOD, SLUICE_PARAMS: '{in:"s3://a"}' }), /SLUICE_PARAMS must be JSON/)
  for (const url of ['bucket/prefix', 's3://', 's3://Bucket', 'https://bucket/prefix', 'file:///tmp']) {
    assert.match(refusal({ ...GOOD, SLUICE_CHECKPOINT: url }), /SLUICE_CHECKPOINT must be s3:\/\/bucket\/prefix/)
  }
  for (const table of ['a', 'two words', 'arn:aws:s3:::bucket']) {
    assert.match(refusal({ ...GOOD, SLUICE_TABLE: table }), /SLUICE_TABLE must be the name of a DynamoDB table/)
  }
  assert.ok(readSettings({}, { ...GOOD, SLUICE_TABLE: 'arn:aws:dynamodb:eu-central-1:123456789012:table/heads' }))
})

test('plans are sized by the memory that the function has', () => {
  const { memoryBytes } = readSettings({}, { ...GOOD, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' })
  assert.equal(memoryBytes, 512 * 1024 ** 2)
  assert.ok(readSettings({}, GOOD).memoryBytes > 0)
})

test('the token comes from the option, else from the environment', () => {
  assert.equal(readToken('a', { SLUICE_TOKEN: 'b' }), 'a')
  assert.equal(readToken(undefined, { SLUICE_TOKEN: 'b' }), 'b')
  assert.equal(readToken(undefined, {}), undefined)
})

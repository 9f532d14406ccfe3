import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { findFunctions } from '../../infra/package/functions.ts'
import type { Template } from '../../infra/template.ts'
import { statements } from './grants.ts'
import { ARCHIVES, at, list, packagedTemplate, propertiesOf, ROOT, target } from './packaged-template.ts'

const APPLICATIONS = ['word-count', 'flights']
let dev: Template
let local: Template

before(async () => {
  dev = await packagedTemplate('dev')
  local = await packagedTemplate('localstack')
})

test('the archives of serverless.yml are those of the entry points', () => {
  const names = findFunctions(join(ROOT, 'functions'), '.package').map(({ name }) => name)
  assert.deepEqual([...names].sort(), [...ARCHIVES].sort())
})

test('no role may do anything to everything', () => {
  for (const [role, statement] of statements(dev)) {
    for (const resource of list(at(statement, 'Resource')))
      assert.doesNotMatch(JSON.stringify(resource), /^"\*"$/, role)
    for (const action of list(at(statement, 'Action'))) assert.doesNotMatch(String(action), /\*/, role)
    assert.equal(at(statement, 'Effect'), 'Allow', role)
  }
})

test('each function has a role of its own, and there is no other role but the schedules’', () => {
  const used = [...propertiesOf(dev, 'AWS::Lambda::Function').values()].map(({ Role }) => target(Role))
  assert.equal(new Set(used).size, ARCHIVES.length)
  assert.deepEqual([...propertiesOf(dev, 'AWS::IAM::Role').keys()].sort(), [...used, 'ScheduleRole'].sort())
})

test('a role reaches only its own application: its objects, its head', () => {
  for (const [role, statement] of statements(dev)) {
    const [own, other] = role.startsWith('WordCount') ? APPLICATIONS : [...APPLICATIONS].reverse()
    if (role === 'ScheduleRole') continue
    for (const resource of list(at(statement, 'Resource'))) {
      const path = /^\$\{DataBucket\.Arn\}\/(.*)$/.exec(String(at(resource, 'Fn::Sub')))?.[1]
      if (path !== undefined) assert.match(path, new RegExp(`^(in|checkpoint|out)/${own}/`), `${role}, not ${other}`)
    }
    if (!list(at(statement, 'Action')).some((action) => String(action).startsWith('dynamodb:'))) continue
    assert.deepEqual(at(statement, 'Condition', 'ForAllValues:StringEquals', 'dynamodb:LeadingKeys'), [own])
  }
})

test('an HTTP handler writes shadows and outputs alone; only batch functions and operators delete, and below checkpoints', () => {
  for (const [role, statement] of statements(dev)) {
    const actions = list(at(statement, 'Action')).map(String)
    const resources = list(at(statement, 'Resource')).map((resource) => String(at(resource, 'Fn::Sub')))
    if (role.endsWith('HttpRole')) {
      assert.ok(!actions.some((action) => /dynamodb:(Put|Update)|kinesis:Put/.test(action)), role)
      if (actions.includes('s3:PutObject'))
        for (const path of resources) assert.match(path, /\/shadow\/\*$|\/out\/[\w-]+\/\*$/, role)
    }
    if (!actions.some((action) => /delete/i.test(action))) continue
    assert.match(role, /(BatchRole|OperatorPolicy)$/)
    for (const path of resources) assert.match(path, /\/checkpoint\/[\w-]+\/\*$/, role)
  }
})

test('no object expires by age: only who knows the head can tell what is garbage', () => {
  for (const rule of list(at(bucket(dev), 'LifecycleConfiguration', 'Rules')))
    for (const expiry of ['ExpirationInDays', 'ExpirationDate', 'Transitions'])
      assert.equal(at(rule, expiry), undefined)
})

test('the bucket is encrypted, versioned, closed to the public, and forgets unfinished uploads', () => {
  const rules = list(at(bucket(dev), 'LifecycleConfiguration', 'Rules'))
  assert.ok(rules.some((rule) => at(rule, 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation') === 1))
  assert.ok(rules.some((rule) => Number(at(rule, 'NoncurrentVersionExpiration', 'NoncurrentDays')) > 0))
  assert.equal(at(bucket(dev), 'VersioningConfiguration', 'Status'), 'Enabled')
  assert.deepEqual(Object.values(at(bucket(dev), 'PublicAccessBlockConfiguration') as object), [true, true, true, true])
  const encryption = at(bucket(dev), 'BucketEncryption', 'ServerSideEncryptionConfiguration', 0)
  assert.equal(at(encryption, 'ServerSideEncryptionByDefault', 'SSEAlgorithm'), 'AES256')
})

test('heads are keyed by application, recoverable, and kept when the stack goes', () => {
  const table = propertiesOf(dev, 'AWS::DynamoDB::Table').get('HeadTable')
  assert.deepEqual(at(table, 'KeySchema'), [{ AttributeName: 'app', KeyType: 'HASH' }])
  assert.equal(at(table, 'BillingMode'), 'PAY_PER_REQUEST')
  assert.equal(at(table, 'PointInTimeRecoverySpecification', 'PointInTimeRecoveryEnabled'), true)
  assert.equal(at(table, 'DeletionProtectionEnabled'), true)
  for (const id of ['DataBucket', 'HeadTable', 'FlightStream']) {
    assert.equal(dev.Resources[id]?.DeletionPolicy, 'Retain', id)
    assert.equal(local.Resources[id]?.DeletionPolicy, 'Delete', id)
  }
})

test('every function has a log group that forgets, and a name that tells its stage', () => {
  const groups = [...propertiesOf(dev, 'AWS::Logs::LogGroup').values()]
  for (const fn of propertiesOf(dev, 'AWS::Lambda::Function').values()) {
    assert.match(String(fn.FunctionName), /^sluice-dev-/)
    const group = groups.find(({ LogGroupName }) => LogGroupName === `/aws/lambda/${fn.FunctionName}`)
    assert.ok(Number(group?.RetentionInDays) > 0, String(fn.FunctionName))
    assert.deepEqual([fn.Runtime, fn.Architectures], ['nodejs24.x', ['arm64']])
  }
})

test('the token is a reference that the deployment resolves, and only HTTP handlers have it', async () => {
  for (const fn of propertiesOf(dev, 'AWS::Lambda::Function').values()) {
    const token = at(fn, 'Environment', 'Variables', 'SLUICE_TOKEN')
    const expected = String(fn.FunctionName).endsWith('-http')
      ? '{{resolve:secretsmanager:sluice/dev/token}}'
      : undefined
    assert.equal(token, expected, String(fn.FunctionName))
  }
  const other = await packagedTemplate('prod', ['token={{resolve:ssm:/tokens/sluice}}'])
  const fn = propertiesOf(other, 'AWS::Lambda::Function').get('FlightsHttpLambdaFunction')
  assert.equal(at(fn, 'Environment', 'Variables', 'SLUICE_TOKEN'), '{{resolve:ssm:/tokens/sluice}}')
})

test('each batch function is ticked every minute by a schedule that may invoke nothing else', () => {
  const schedules = [...propertiesOf(dev, 'AWS::Scheduler::Schedule').values()]
  assert.deepEqual(schedules.map((schedule) => target(at(schedule, 'Target', 'Arn'))).sort(), batchFunctions(dev))
  for (const schedule of schedules) {
    assert.equal(schedule.ScheduleExpression, 'rate(1 minute)')
    assert.equal(target(at(schedule, 'Target', 'RoleArn')), 'ScheduleRole')
    assert.ok(Number(at(schedule, 'Target', 'RetryPolicy', 'MaximumRetryAttempts')) <= 2)
  }
  const may = statements(dev).filter(([role]) => role === 'ScheduleRole')
  assert.deepEqual(
    may.flatMap(([, statement]) => list(at(statement, 'Action'))),
    ['lambda:InvokeFunction'],
  )
  assert.deepEqual(
    may.flatMap(([, statement]) => list(at(statement, 'Resource')).map(target)).sort(),
    batchFunctions(dev),
  )
})

test('on LocalStack, rules tick instead, each allowed to invoke its function', () => {
  assert.equal(propertiesOf(local, 'AWS::Scheduler::Schedule').size, 0)
  const rules = propertiesOf(local, 'AWS::Events::Rule')
  assert.deepEqual(
    [...rules.values()].map((rule) => target(at(rule, 'Targets', 0, 'Arn'))).sort(),
    batchFunctions(local),
  )
  const permissions = [...propertiesOf(local, 'AWS::Lambda::Permission').values()]
  for (const [id, rule] of rules) {
    const own = permissions.find(({ SourceArn }) => target(SourceArn) === id)
    assert.equal(target(own?.FunctionName), target(at(rule, 'Targets', 0, 'Arn')), id)
  }
})

test('a failed tick is not repeated by Lambda, as the next one takes the batch up again', () => {
  const configs = [...propertiesOf(dev, 'AWS::Lambda::EventInvokeConfig').values()]
  assert.deepEqual(configs.map(({ FunctionName }) => target(FunctionName)).sort(), batchFunctions(dev))
  for (const config of configs) assert.equal(config.MaximumRetryAttempts, 0)
})

test('silence of an application raises an alarm, and so does a failing batch', () => {
  const alarms = [...propertiesOf(dev, 'AWS::CloudWatch::Alarm').values()]
  for (const app of APPLICATIONS) {
    const dimensions = JSON.stringify([{ Name: 'Application', Value: app }])
    const own = alarms.filter(
      (alarm) => alarm.Namespace === 'Sluice' && JSON.stringify(alarm.Dimensions) === dimensions,
    )
    const [quiet] = own.filter(({ MetricName }) => MetricName === 'BatchCommitted')
    assert.equal(quiet?.TreatMissingData, 'breaching', app)
    assert.equal(quiet?.ComparisonOperator, 'LessThanThreshold', app)
    assert.equal(Number(quiet?.Period) * Number(quiet?.EvaluationPeriods), 300, app)
    assert.equal(own.filter(({ MetricName }) => MetricName === 'BatchFailed').length, 1, app)
  }
  const crashing = alarms.filter(({ Namespace }) => Namespace === 'AWS/Lambda')
  assert.deepEqual(crashing.map((alarm) => target(at(alarm, 'Dimensions', 0, 'Value'))).sort(), batchFunctions(dev))
})

function batchFunctions(template: Template): string[] {
  return [...propertiesOf(template, 'AWS::Lambda::Function').keys()].filter((id) => id.includes('Batch')).sort()
}

function bucket(template: Template): unknown {
  return propertiesOf(template, 'AWS::S3::Bucket').get('DataBucket')
}

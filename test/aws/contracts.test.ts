import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { CloudWatchMetrics } from '../../src/aws/cloudwatch-metrics.ts'
import { DynamoHeadRegister } from '../../src/aws/dynamo-head-register.ts'
import { S3ObjectStore } from '../../src/aws/s3-object-store.ts'
import type { MetricUnit } from '../../src/ports/metrics.ts'
import { headRegisterContract } from '../contracts/head-register.contract.ts'
import { type HandedOn, metricsContract } from '../contracts/metrics.contract.ts'
import { objectStoreContract } from '../contracts/object-store.contract.ts'
import { createHeadTable, startTestCloud, type TestCloud } from './cloud.ts'

const clock = { now: () => Date.now(), sleep: async () => {} }
let started: TestCloud
let places = 0

before(async () => {
  started = await startTestCloud()
})
after(() => started.close())

objectStoreContract('S3ObjectStore', () => {
  const options = { clients: started.clients, clock, partBytes: 5 * 1024 * 1024 }
  const place = `s3://bucket/place ${places++}/é+%`
  const again = () => new S3ObjectStore(place, options)
  return { store: again(), again, elsewhere: () => new S3ObjectStore(`s3://bucket/other-${places++}`, options) }
})

headRegisterContract('DynamoHeadRegister', async () => {
  const { clients } = started
  const table = `heads-${places++}`
  await createHeadTable(clients, table)
  const again = () => new DynamoHeadRegister({ clients, table, clock })
  return { register: again(), again }
})

metricsContract('CloudWatchMetrics', () => {
  const lines: string[] = []
  const metrics = new CloudWatchMetrics({ clock, write: (line) => lines.push(line) })
  return { metrics, handedOn: () => lines.flatMap(measurementsOf) }
})

/** Reads a line as CloudWatch does, and checks its limits. */
function measurementsOf(line: string): HandedOn[] {
  const { _aws: aws, ...properties } = JSON.parse(line)
  assert.ok(Number.isInteger(aws.Timestamp))
  const [definition] = aws.CloudWatchMetrics
  assert.equal(definition.Namespace, 'Sluice')
  assert.ok(definition.Metrics.length <= 100)
  const names: string[] = definition.Dimensions[0]
  const dimensions = Object.fromEntries(names.map((name) => [name, properties[name]]))
  return definition.Metrics.flatMap(({ Name: name, Unit: unit }: { Name: string; Unit: MetricUnit }) => {
    const values: number[] = [properties[name]].flat()
    assert.ok(values.length <= 100)
    return values.map((value) => ({ name, value, unit, dimensions }))
  })
}

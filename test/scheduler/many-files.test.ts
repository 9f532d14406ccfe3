import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import type { Plan } from '../../src/checkpoint/plan.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { Audit } from '../../src/scheduler/audit/audit.ts'
import { auditOutputs } from '../../src/scheduler/audit/audit-outputs.ts'
import { plannedInputs } from '../../src/scheduler/planned-inputs.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { counting, World } from './world.ts'

/** More than a call takes arguments. */
const MANY = 150_000

test('a batch whose inputs several outputs read may have more files than a call takes arguments', async () => {
  const runtime = new World().process(undefined, counting)
  const [input] = runtime.graph.inputs
  assert.ok(input !== undefined && input.readers > 1)
  const range = { partition: 'memory://in/f', from: { offset: 0 }, until: { offset: 1 } }
  const cut = { kind: 'file', version: 1, ranges: new Array(MANY).fill(range), next: {}, more: false }
  const plan = { sources: { [input.uid]: cut } } as Partial<Plan> as Plan
  const inputs = plannedInputs(runtime, { plan }, new SparkContext())
  assert.equal(inputs.datasets.get(input.uid)?.getNumPartitions(), MANY)
})

test('an audit tells of more damaged files of one output than a call takes arguments', async () => {
  const fault = { code: 'output-missing', mendable: false, message: 'gone' }
  const runtime = {
    graph: { sink: () => undefined },
    openSink: () => ({ audit: async () => new Array(MANY).fill(fault) }),
  } as unknown as Runtime
  const options = { quick: true, signal: new AbortController().signal }
  const audit = new Audit(runtime, {} as Audit['head'], {} as Audit['objects'], options)
  const outputs = [{ output: 'o', kind: 'files', destination: 'memory://out', files: [] }]
  await auditOutputs(audit, { attempt: { batchTime: 1 }, outputs } as unknown as Manifest)
  assert.equal(audit.findings.size, MANY)
})

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { readOptions, runMain } from '../command-line.ts'
import { functionNode } from '../function-node.ts'
import { deploy, deployed } from './deployment.ts'
import { tryFlights } from './flights.ts'
import { type RunningLocalStack, startLocalStack } from './host/start-localstack.ts'
import { findTools } from './host/tools.ts'
import type { Scenario } from './scenario.ts'
import { tryWordCount } from './word-count.ts'

const HELP = `npm run localstack [-- --endpoint URL]

Deploys the packaged applications to LocalStack, feeds them through S3 and Kinesis, lets a schedule rule, invocations and
HTTP requests run their batches, and checks what they publish. Exit code 0: all of it was right, or was skipped as this
machine lacks something; 1: something is wrong.

  --endpoint  a LocalStack that is running and empty; by default one is set up in .localstack/ and started here

Example: npm run localstack -- --endpoint http://127.0.0.1:4566`

const root = fileURLToPath(new URL('../..', import.meta.url))
const REGION = 'us-east-1'
const started = Date.now()
let stopping = false

async function main(): Promise<void> {
  const { endpoint } = readOptions({ endpoint: { type: 'string' } } as const, HELP)
  const localstack = endpoint === undefined ? await startHere() : running(endpoint)
  if (typeof localstack === 'string') return console.log(`skipped: ${localstack}`)
  try {
    say(`LocalStack is up at ${localstack.endpoint}`)
    await tryAll(localstack.endpoint)
    say('all is right')
  } catch (error) {
    // What is taken away from under a run makes it fail.
    if (stopping) return
    process.exitCode = 1
    say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
    say(`logs: ${localstack.logFiles.join(', ')}`)
  } finally {
    await localstack.stop()
  }
}

/** The running LocalStack, or why there is none. */
async function startHere(): Promise<RunningLocalStack | string> {
  const found = await findTools()
  if (found.kind === 'missing') return `LocalStack without docker needs ${found.what}; see infra/README.md`
  const home = join(root, '.localstack')
  return startLocalStack({ tools: found.tools, home, node: functionNode(), spawned: stopOnSignals })
}

/** One that somebody else started, with docker say, and will stop. */
function running(endpoint: string): RunningLocalStack {
  return { endpoint, logFiles: ['where LocalStack was started'], stop: async () => {} }
}

async function tryAll(endpoint: string): Promise<void> {
  const service = { endpoint, region: REGION }
  const token = await deploy(service, { root })
  say('deployed')
  const access = { region: REGION, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  const clients = {
    s3: new S3Client({ ...access, forcePathStyle: true }),
    kinesis: new KinesisClient({ ...access, requestHandler: new NodeHttpHandler() }),
  }
  const scenario = async (name: string): Promise<Scenario> => {
    return { service, ...clients, application: await deployed(service, name, token), ok: (text) => say(`ok  ${text}`) }
  }
  const seed = Math.floor(Math.random() * 2 ** 31)
  say(`seed ${seed}`)
  await allOf([
    tryWordCount(await scenario('word-count'), seed),
    tryFlights(await scenario('flights'), join(root, 'node_modules/vega-datasets/data')),
  ])
}

/** Waits for all, also when one fails: what is still running must not find its LocalStack gone. */
async function allOf(trials: readonly Promise<void>[]): Promise<void> {
  const failures = (await Promise.allSettled(trials)).flatMap((trial) =>
    trial.status === 'rejected' ? [trial.reason] : [],
  )
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new Error(failures.map((failure) => String(failure?.stack ?? failure)).join('\n'))
}

function stopOnSignals(stop: () => Promise<void>): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      stopping = true
      say(`stopping after ${signal}`)
      void stop().finally(() => process.exit(code))
    })
  }
}

function say(text: string): void {
  console.log(`${((Date.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${text}`)
}

await runMain(main)

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { provide, textOf } from './part.ts'
import { dynamodbLocalPart, kinesisMockPart, localstackPart } from './parts.ts'
import { killAll, processTree, stillRunning } from './process-tree.ts'
import type { Tools } from './tools.ts'

export interface RunningLocalStack {
  readonly endpoint: string
  /** What LocalStack said, and what the functions did. */
  readonly logFiles: readonly string[]
  /** Ends it and every process that it started, and removes its files but the logs. */
  stop(): Promise<void>
}

export interface HostOptions {
  readonly tools: Tools
  /** Where the parts are kept between runs. */
  readonly home: string
  /** The Node that runs the functions. */
  readonly node: string
  /** Told as soon as there is something to stop, which is before it is ready. */
  readonly spawned: (stop: () => Promise<void>) => void
}

const HOST = fileURLToPath(new URL('localstack_host.py', import.meta.url))
const START_MS = 60_000
const STOP_MS = 20_000

/** Starts LocalStack on a free port of the loopback interface, with nothing in it. */
export async function startLocalStack({ tools, home, node, spawned }: HostOptions): Promise<RunningLocalStack> {
  const python = await provide(await localstackPart(tools), home)
  const dynamodbLocal = await provide(dynamodbLocalPart, home)
  const kinesisMock = await provide(kinesisMockPart, home)
  const root = mkdtempSync(join(home, 'run-'))
  linkKinesis(kinesisMock, root)
  const logFile = join(home, 'localstack.log')
  const log = openSync(logFile, 'w')
  const functionsLog = join(home, 'functions.log')
  writeFileSync(functionsLog, '')
  const port = await freePort()
  const child = spawn(join(python, 'bin/python'), ['-B', HOST], {
    cwd: root,
    env: {
      ...process.env,
      ...settings(port, root),
      SLUICE_DYNAMODB_LOCAL: dynamodbLocal,
      SLUICE_FUNCTIONS_LOG: functionsLog,
      SLUICE_NODE: node,
    },
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C reaches this process alone, which then stops what it started.
    detached: true,
  })
  const endpoint = `http://127.0.0.1:${port}`
  const stop = () => stopLocalStack(child, root)
  spawned(stop)
  try {
    await untilReady(endpoint, child, logFile)
  } catch (error) {
    await stop()
    throw error
  }
  return { endpoint, logFiles: [logFile, functionsLog], stop }
}

function settings(port: number, root: string): Record<string, string> {
  return {
    OVERRIDE_IN_DOCKER: '0',
    FILESYSTEM_ROOT: root,
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `localhost:${port}`,
    DNS_ADDRESS: '0',
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    EAGER_SERVICE_LOADING: '0',
    LS_LOG: 'info',
  }
}

/** Where LocalStack looks for what it has installed. */
function linkKinesis(kinesisMock: string, root: string): void {
  const installed = join(root, 'var/lib/localstack/lib/kinesis-local')
  mkdirSync(installed, { recursive: true })
  symlinkSync(kinesisMock, join(installed, '0.5.2'))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('No free port on 127.0.0.1')
  return address.port
}

async function untilReady(endpoint: string, child: ChildProcess, logFile: string): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(200)) {
    if (child.exitCode !== null) break
    const response = await fetch(`${endpoint}/_localstack/health`).catch(() => undefined)
    if (response?.ok) return
  }
  throw new Error(`LocalStack did not start; the end of ${logFile}:\n${textOf(logFile).slice(-2_000)}`)
}

async function stopLocalStack(child: ChildProcess, root: string): Promise<void> {
  const { pid } = child
  if (pid !== undefined) {
    // Before it ends: afterwards nobody knows whose children its servers were.
    const tree = await processTree(pid)
    child.kill('SIGTERM')
    let left = tree
    for (
      const deadline = Date.now() + STOP_MS;
      left.length > 0 && Date.now() < deadline;
      left = await stillRunning(left)
    ) {
      await sleep(100)
    }
    killAll(left)
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

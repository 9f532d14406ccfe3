import { randomBytes } from 'node:crypto'
import { createHttpApp } from 'sluice/http'
import { createLambdaRuntime } from '../../src/aws/lambda-runtime.ts'
import { consoleLog } from '../../src/local/console-log.ts'
import { MemoryMetrics } from '../../src/local/memory-metrics.ts'
import { isDeadProcess, processOwner } from '../../src/local/process-lease.ts'
import type { Log } from '../../src/ports/log.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import application from '../flights.ts'
import { DEPLOYMENT } from './cloud-resources.ts'
import type { DemoCloud } from './demo-cloud.ts'
import type { Screen } from './screen.ts'
import { serveHttp } from './serve-http.ts'

/** The runtime that Lambda gets, on the embedded cloud. Makes no call. */
export function openRuntime(cloud: DemoCloud, screen: Screen): Runtime {
  const runtime = createLambdaRuntime(application, {
    ...DEPLOYMENT,
    clock: cloud.clock,
    aws: { endpoints: cloud.cloud.endpoints, environment: {} },
    log: logOn(screen),
    metrics: new MemoryMetrics(),
    write: (text) => screen.print(text),
  })
  // Lambda ends its invocations at their deadline; a killed process leaves a lease that nobody else need wait for.
  return { ...runtime, uniqueId: processOwner, leaseAbandoned: isDeadProcess }
}

export interface HttpInterface {
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

/** The application's HTTP interface, with a runtime of its own, as the function behind the URL has, and a token made up now. */
export async function openHttp(cloud: DemoCloud, screen: Screen): Promise<HttpInterface> {
  const token = randomBytes(12).toString('hex')
  const app = createHttpApp({ runtime: openRuntime(cloud, screen), token, log: logOn(screen) })
  return { ...(await serveHttp((request) => app.fetch(request))), token }
}

function logOn(screen: Screen): Log {
  return consoleLog({ level: 'warn', write: (line) => screen.print(line) })
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import type { S3Client } from '@aws-sdk/client-s3'
import type { DeployedApplication } from './deployment.ts'
import { callFunctionUrl, type HttpAnswer, type HttpCall } from './function-url.ts'
import { invoke, type Service } from './service.ts'

/** What it takes to try one deployed application. */
export interface Scenario {
  readonly service: Service
  readonly s3: S3Client
  readonly kinesis: KinesisClient
  readonly application: DeployedApplication
  /** Tells what was found to be so. */
  readonly ok: (text: string) => void
}

/** A tick comes within a minute; the rest is for slow machines. */
const PATIENCE_MS = 180_000
const TICK_MS = 60_000
/** Enough for the first batch time of each application. */
const REST_MS = 25_000
const PAUSE_MS = 1_000

/** Looks again and again until there is something; gives up with a message. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(PAUSE_MS)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`Waited ${PATIENCE_MS / 1_000} s in vain: ${what}`)
}

/**
 * Invokes the batch function until it has committed something; returns how many batches. The event is of a tick some time
 * ago: the function runs the batches of the rest of that minute, and leaves those after it to the ticks that are to come.
 */
export async function invokeUntilCommitted({ service, application }: Scenario): Promise<number> {
  const { name, batchFunction } = application
  return until(`an invocation of ${name} commits`, async () => {
    const event = { time: new Date(Date.now() - TICK_MS + REST_MS).toISOString() }
    const { failed, throttled, payload } = await invoke(service, batchFunction, event)
    if (throttled) return undefined
    if (failed) throw new Error(`The batch function of ${name} failed: ${JSON.stringify(payload)}`)
    const { outcome, batches } = payload as { readonly outcome: string; readonly batches: number }
    return outcome === 'committed' ? batches : undefined
  })
}

/** The next tick comes within a minute after the last invocation. */
export async function untilTicked({ application, ok }: Scenario, look: () => Promise<true | undefined>): Promise<void> {
  const started = Date.now()
  await until(`the schedule rule of ${application.name} ticks`, look)
  ok(`${application.name}: committed by the schedule rule after ${((Date.now() - started) / 1_000).toFixed(0)} s`)
}

/** Calls the HTTP handler at the function's URL. */
export function callHandler(
  { service, application }: Scenario,
  request: Omit<HttpCall, 'token'> & { readonly authorized: boolean },
): Promise<HttpAnswer> {
  const { authorized, ...call } = request
  const { url, token } = application
  return callFunctionUrl(url, service.endpoint, authorized ? { ...call, token } : call)
}

/** The handler tells strangers nothing but whether batches are being committed. */
export async function checkHandler(scenario: Scenario, batchTime: number): Promise<void> {
  const { application, ok } = scenario
  await expectStatus(scenario, { method: 'GET', path: '/batches', authorized: false }, 401)
  await expectStatus(scenario, { method: 'POST', path: `/batches/${batchTime}/replay`, authorized: false }, 401)
  await expectStatus(scenario, { method: 'GET', path: '/health', authorized: false }, 200)
  const { body } = await expectStatus(scenario, { method: 'GET', path: '/batches?limit=500', authorized: true }, 200)
  if (!body.includes(String(batchTime)))
    throw new Error(`GET /batches does not tell of ${batchTime}: ${body.slice(0, 500)}`)
  ok(`${application.name}: the handler answers at its function URL, 401 without the token`)
  await replay(scenario, batchTime)
}

async function replay(scenario: Scenario, batchTime: number): Promise<void> {
  const path = `/batches/${batchTime}/replay`
  const { body } = await expectStatus(scenario, { method: 'POST', path, authorized: true }, 200)
  const report = JSON.parse(body) as { readonly equal?: boolean; readonly shadow?: string }
  if (report.equal !== true) throw new Error(`The replay of ${batchTime} made other bytes: ${body}`)
  scenario.ok(`${scenario.application.name}: batch ${batchTime} replayed over HTTP, same bytes as published`)
}

type Request = Parameters<typeof callHandler>[1]

async function expectStatus(scenario: Scenario, request: Request, status: number): Promise<HttpAnswer> {
  const answer = await callHandler(scenario, request)
  if (answer.status === status) return answer
  const call = `${request.method} ${request.path}${request.authorized ? '' : ' without a token'}`
  throw new Error(`${scenario.application.name}: ${call} answered ${answer.status}, not ${status}: ${answer.body}`)
}

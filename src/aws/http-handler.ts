import { handle, type LambdaContext } from 'hono/aws-lambda'
import type { Application } from '../dstream/define-app.ts'
import { createHttpApp } from '../http/create-http-app.ts'
import type { HealthyWithin } from '../http/health.ts'
import { ANSWER_MS } from '../http/in-time.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { CallTime } from './call-time.ts'
import { readToken } from './environment.ts'
import { lambdaClock } from './lambda-clock.ts'
import { createLambdaRuntime, LAMBDA_NAMES, type LambdaOptions, lambdaLog } from './lambda-runtime.ts'

/** What the HTTP function can be told beside its environment. */
export interface HttpHandlerOptions extends LambdaOptions {
  /** What clients send as `Authorization: Bearer …`; by default SLUICE_TOKEN. */
  readonly token?: string
  /** How long without a commit is healthy; 3 batch intervals and a minute by default. */
  readonly healthyWithin?: HealthyWithin
}

const FORM: OptionsForm<HttpHandlerOptions> = {
  example: "{ checkpoint: 's3://bucket/prefix', table: 'heads' }",
  names: { ...LAMBDA_NAMES, token: true, healthyWithin: true },
}

/** The HTTP function, as Lambda calls it. */
export type HttpHandler = ReturnType<typeof handle>

/**
 * A Lambda function behind a function URL: `GET /health`, `GET /batches`, `POST /batches/:time/replay`, `POST /replay` for
 * one application. Throws code `token-missing` (kind `invalid`) when there is no token, `bad-option` for options that there are
 * none of. The rest is opened by the first
 * request that needs it, and kept while the process is warm.
 *
 * @example
 * ```ts
 * import { createHttpHandler } from 'sluice/aws'
 *
 * export const handler = createHttpHandler(wordCount)
 * ```
 */
export function createHttpHandler(app: Application, options: HttpHandlerOptions = {}): HttpHandler {
  optionObject(options, 'createHttpHandler', FORM)
  let warm: Runtime | undefined
  const time = new CallTime()
  const runtime = () => {
    warm ??= createLambdaRuntime(app, options, time)
    return warm
  }
  const { healthyWithin } = options
  const http = createHttpApp({
    runtime,
    token: readToken(options.token),
    log: lambdaLog(options),
    timeLeftMs,
    ...(healthyWithin === undefined ? {} : { healthyWithin }),
  })
  return inTimeForLambda(handle(http), time, options)
}

/** Calls that hang are given up while there is still time to say so. */
function inTimeForLambda(handler: HttpHandler, time: CallTime, { clock = lambdaClock }: LambdaOptions): HttpHandler {
  return async (event, lambdaContext) => {
    const leftMs = timeLeftMs({ lambdaContext })
    if (leftMs === Number.POSITIVE_INFINITY) return handler(event, lambdaContext)
    const end = { clock, deadlineMs: clock.now() + leftMs, marginMs: ANSWER_MS }
    return time.within(end, () => handler(event, lambdaContext))
  }
}

/** From what the adapter hands on beside the request. */
function timeLeftMs(env: unknown): number {
  const { lambdaContext } = env as { readonly lambdaContext?: Partial<LambdaContext> }
  return lambdaContext?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY
}

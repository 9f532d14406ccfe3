import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { StatusCode } from 'hono/utils/http-status'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { replayBatch } from '../scheduler/replay.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { load } from '../scheduler/stored.ts'
import { SluiceError } from '../util/errors.ts'
import { BearerToken } from './bearer-token.ts'
import { type Health, type HealthyWithin, healthOf } from './health.ts'
import { errorReply, HttpError } from './http-error.ts'
import { listBatches } from './list-batches.ts'
import { wholeNumber } from './whole-number.ts'

/** What the HTTP interface answers for, and to whom. */
export interface HttpAppOptions {
  /** The application to answer for. A function is called when a request needs it, and again if it threw. */
  readonly runtime: Runtime | (() => Runtime)
  /** What clients send as `Authorization: Bearer …`. */
  readonly token: string | undefined
  readonly healthyWithin?: HealthyWithin
  /** The runtime's own by default. */
  readonly clock?: Clock
  /** Hears of requests that failed for no fault of the client's. */
  readonly log?: Log
  /** Milliseconds until this request is ended from outside, from what the server hands to `fetch` beside the request. */
  readonly timeLeftMs?: (env: unknown) => number
}

const DEFAULT_LIMIT = 20
const MOST_BATCHES = 500

/**
 * The HTTP interface of one application, for any server that speaks `fetch`: `GET /health`, `GET /batches`,
 * `POST /batches/:time/replay`. Everything but the status code of `/health` needs the bearer token.
 * Throws code `token-missing` (kind `invalid`) without a token.
 *
 * @example
 * ```ts
 * const app = createHttpApp({ runtime, token })
 * const health = await app.request('/health', { headers: { authorization: `Bearer ${token}` } })
 * // Nothing has been committed yet.
 * health.status // 503
 * ```
 */
export function createHttpApp(options: HttpAppOptions): Hono {
  const token = new BearerToken(options.token)
  const runtimeOf = (): Runtime => (typeof options.runtime === 'function' ? options.runtime() : options.runtime)
  const app = new Hono()
  app.onError((error, c) => answerError(error, c, options.log))
  app.use(secureHeaders(HEADERS), noStore)
  app.get('/health', async (c) => {
    const admitted = await token.admits(c.req.header('authorization'))
    try {
      const health = await observe(runtimeOf, options)
      const status = health.healthy ? 200 : 503
      return admitted ? c.json(health, status) : c.body(null, status)
    } catch (error) {
      if (admitted) throw error
      return c.body(null, answerError(error, c, options.log).status as StatusCode)
    }
  })
  app.use(requireToken(token))
  app.get('/batches', async (c) => {
    const runtime = runtimeOf()
    const page = pageOf(c)
    return c.json(await listBatches(runtime, await runtime.register.read(runtime.app), page))
  })
  app.post('/batches/:time/replay', async (c) => {
    const batchTime = wholeNumber(c.req.param('time'), { name: 'The batch time', ...SAFE })
    const runtime = runtimeOf()
    return c.json(await replayInTime(runtime, batchTime, options.timeLeftMs?.(c.env)))
  })
  app.all('/health', notAllowed('GET, HEAD'))
  app.all('/batches', notAllowed('GET, HEAD'))
  app.all('/batches/:time/replay', notAllowed('POST'))
  app.notFound(() => {
    throw new HttpError(404, 'not-found', NOT_FOUND)
  })
  return app
}

const SAFE = { least: 0, most: Number.MAX_SAFE_INTEGER }

const NOT_FOUND = 'There is nothing here; see GET /health, GET /batches, POST /batches/:time/replay'

/** Only data is served: a page that embeds or sniffs an answer gets nothing out of it. */
const HEADERS = {
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
}

const noStore: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('cache-control', 'no-store')
}

function requireToken(token: BearerToken): MiddlewareHandler {
  return async (c, next) => {
    if (await token.admits(c.req.header('authorization'))) return next()
    throw new HttpError(401, 'unauthorized', 'Send the token: Authorization: Bearer …', {
      'www-authenticate': 'Bearer',
    })
  }
}

function notAllowed(allow: string): MiddlewareHandler {
  return () => {
    throw new HttpError(405, 'method-not-allowed', `Only ${allow} here`, { allow })
  }
}

/** What cannot be looked at is not healthy. Nobody learns why without the token, as nobody sees the body. */
async function observe(runtimeOf: () => Runtime, { clock, healthyWithin }: HttpAppOptions): Promise<Health> {
  const runtime = runtimeOf()
  const head = await runtime.register.read(runtime.app)
  const manifest = head?.committed && (await load(runtime.checkpoint, head.committed.manifest))
  const batchIntervalMs = head?.batchIntervalMs ?? runtime.batchIntervalMs
  const nowMs = (clock ?? runtime.clock).now()
  return healthOf({ app: runtime.app, batchIntervalMs, head, manifest, nowMs }, healthyWithin)
}

function pageOf(c: Context): { readonly limit: number; readonly before?: number } {
  const limit = wholeNumber(c.req.query('limit') ?? String(DEFAULT_LIMIT), {
    name: 'limit',
    least: 1,
    most: MOST_BATCHES,
  })
  const before = c.req.query('before')
  return before === undefined ? { limit } : { limit, before: wholeNumber(before, { name: 'before', ...SAFE }) }
}

/** The replay is told to stop before the server is, so that the client still gets an answer. */
const ANSWER_MS = 2_000

async function replayInTime(runtime: Runtime, batchTime: number, leftMs = Number.POSITIVE_INFINITY) {
  const late = new AbortController()
  const done = new AbortController()
  if (leftMs !== Number.POSITIVE_INFINITY) {
    void runtime.clock.sleep(Math.max(0, leftMs - ANSWER_MS), done.signal).then(() => late.abort())
  }
  try {
    return await replayBatch(runtime, batchTime, late)
  } catch (error) {
    throw late.signal.aborted ? tooLong(batchTime, error) : error
  } finally {
    done.abort()
  }
}

function tooLong(batchTime: number, cause: unknown): SluiceError {
  return new SluiceError({
    code: 'replay-too-long',
    kind: 'invalid',
    message: `The replay did not end before this function does; give the function more time or memory: ${batchTime} ms`,
    cause,
  })
}

function answerError(error: unknown, c: Context, log: Log | undefined): Response {
  const { status, headers, body } = errorReply(error)
  if (status >= 500) log?.error('request-failed', { method: c.req.method, path: c.req.path, error: traceOf(error) })
  return c.json(body, status, headers)
}

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

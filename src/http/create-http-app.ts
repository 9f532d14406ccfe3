import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import type { StatusCode } from 'hono/utils/http-status'
import { decodeManifest } from '../checkpoint/decode-record.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { type ReplayReport, replayBatch } from '../scheduler/replay.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { load } from '../scheduler/stored.ts'
import { BearerToken } from './bearer-token.ts'
import { type Health, type HealthyWithin, healthOf } from './health.ts'
import { errorReply, HttpError } from './http-error.ts'
import { inTime } from './in-time.ts'
import { listBatches } from './list-batches.ts'
import { answerReplay, tooLong } from './replay-answer.ts'
import { replayBody } from './replay-request.ts'
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
/** Of a request's body. */
const MOST_BYTES = 16 * 1024

/**
 * The HTTP interface of one application, for any server that speaks `fetch`: `GET /health`, `GET /batches`,
 * `POST /batches/:time/replay`, `POST /replay`. Everything but the status code of `/health` needs the bearer token.
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
    return c.json(await replayInTime(runtime, batchTime, timeLeftMs(c, options)))
  })
  app.post('/replay', bodyLimit({ maxSize: MOST_BYTES, onError: refuseBody }), async (c) => {
    const body = await replayBody(c.req)
    const runtime = runtimeOf()
    return c.json(await inTime(runtime.clock, timeLeftMs(c, options), (late) => answerReplay(runtime, body, late)))
  })
  app.all('/health', notAllowed('GET, HEAD'))
  app.all('/batches', notAllowed('GET, HEAD'))
  app.all('/batches/:time/replay', notAllowed('POST'))
  app.all('/replay', notAllowed('POST'))
  app.notFound(() => {
    throw new HttpError(404, 'not-found', NOT_FOUND)
  })
  return app
}

const SAFE = { least: 0, most: Number.MAX_SAFE_INTEGER }

const NOT_FOUND = 'There is nothing here; see GET /health, GET /batches, POST /batches/:time/replay, POST /replay'

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
  const manifest = head?.committed && (await load(runtime.checkpoint, head.committed.manifest, decodeManifest))
  const batchIntervalMs = head?.batchIntervalMs ?? runtime.batchIntervalMs
  const nowMs = (clock ?? runtime.clock).now()
  return healthOf({ app: runtime.app, batchIntervalMs, head, manifest, nowMs }, healthyWithin)
}

function timeLeftMs(c: Context, options: HttpAppOptions): number {
  return options.timeLeftMs?.(c.env) ?? Number.POSITIVE_INFINITY
}

function refuseBody(): never {
  throw new HttpError(400, 'bad-body', `A body of more than ${MOST_BYTES} bytes is not read`)
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

async function replayInTime(runtime: Runtime, batchTime: number, leftMs: number): Promise<ReplayReport> {
  return inTime(runtime.clock, leftMs, async (late) => {
    try {
      return await replayBatch(runtime, batchTime, { signal: late })
    } catch (error) {
      throw late.aborted ? tooLong(batchTime, error) : error
    }
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

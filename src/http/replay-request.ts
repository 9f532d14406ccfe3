import type { BatchRange } from '../scheduler/past-batch.ts'
import { HttpError } from './http-error.ts'

/** What `POST /replay` is asked for. */
export interface ReplayBody extends BatchRange {
  /** Publish the committed bytes again, and run nothing. */
  readonly publish: boolean
  /** What a replay writes stays until somebody deletes it. */
  readonly keep: boolean
}

const EXAMPLE =
  '{ "batch": 60000 }, or { "from": 60000, "until": 120000 }, with "publish": true to publish again, or "keep": true to keep what a replay writes'

/** Reads the JSON of a request, or rejects it with 400. */
export async function replayBody(request: { json(): Promise<unknown> }): Promise<ReplayBody> {
  const body: unknown = await request.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badBody('is no JSON object')
  const {
    batch,
    from,
    until,
    publish = false,
    keep = false,
    ...unknown
  }: Readonly<Record<string, unknown>> = { ...body }
  const [key] = Object.keys(unknown)
  if (key !== undefined) throw badBody(`has an unknown key ${JSON.stringify(key.slice(0, 100))}`)
  if (typeof publish !== 'boolean') throw badBody('says neither true nor false to publish')
  if (typeof keep !== 'boolean') throw badBody('says neither true nor false to keep')
  if (publish && keep) throw badBody('asks to publish, which writes nothing that could be kept')
  if (batch !== undefined && (from !== undefined || until !== undefined)) throw badBody('names a batch and a range')
  if (batch !== undefined) return { from: time('batch', batch), until: time('batch', batch), publish, keep }
  const range = { ...end('from', from), ...end('until', until) }
  if (Object.keys(range).length === 0) throw badBody('names no batch')
  return { ...range, publish, keep }
}

function end(name: 'from' | 'until', value: unknown): BatchRange {
  return value === undefined ? {} : { [name]: time(name, value) }
}

function time(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw badBody(`gives no batch time in milliseconds as ${name}`)
}

function badBody(what: string): HttpError {
  return new HttpError(400, 'bad-body', `The body ${what}; send ${EXAMPLE}`)
}

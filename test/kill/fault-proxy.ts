import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../src/util/random.ts'

/**
 * What may go wrong between a client and a service: `delay`: the request arrives late, even when its sender is dead by
 * then; `reset`: the connection is cut before the request arrives; `error-500`: answered so, not done; `lost-answer`: done,
 * and the connection is cut instead of an answer; `slow-body`: the answer comes in pieces; `cut-body`: half of it comes.
 */
const FAULTS = ['delay', 'reset', 'error-500', 'lost-answer', 'slow-body', 'cut-body'] as const
export type ProxyFault = (typeof FAULTS)[number]

/** Of calls, by kind of fault. */
const RATES: Readonly<Record<ProxyFault, number>> = {
  delay: 0.04,
  reset: 0.012,
  'error-500': 0.012,
  'lost-answer': 0.012,
  'slow-body': 0.02,
  'cut-body': 0.006,
}
const LONGEST_DELAY_MS = 150
const PIECES = 4
const PIECE_PAUSE_MS = 10

/** What services say when something in them failed; the two that speak JSON read the first, S3 the second. */
const INTERNAL_JSON = JSON.stringify({ __type: 'InternalServerError', message: 'injected' })
const INTERNAL_XML = '<Error><Code>InternalError</Code><Message>injected</Message></Error>'

export interface FaultProxy {
  readonly endpoint: string
  /** How many calls met each kind. */
  readonly met: Readonly<Record<ProxyFault, number>>
  readonly calls: () => number
  /** From now on everything goes through. */
  calm(): void
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['rawHeaders']
  readonly body: Buffer
}

/** Stands before a service at `endpoint`; which call meets what follows from the seed and the order of calls. */
export async function startFaultProxy(endpoint: string, seed: number): Promise<FaultProxy> {
  const random = new Random(seed)
  const met = { delay: 0, reset: 0, 'error-500': 0, 'lost-answer': 0, 'slow-body': 0, 'cut-body': 0 }
  const service = new URL(endpoint)
  let [calls, isCalm] = [0, false]
  const server = createServer((incoming, response) => {
    calls++
    const fault = isCalm ? undefined : drawFault(random)
    if (fault !== undefined) met[fault]++
    const delayMs = fault === 'delay' ? random.nextInt(LONGEST_DELAY_MS) : 0
    pass({ service, incoming, response }, fault, delayMs).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    met,
    calls: () => calls,
    calm() {
      isCalm = true
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function drawFault(random: Random): ProxyFault | undefined {
  let left = random.next()
  for (const fault of FAULTS) {
    left -= RATES[fault]
    if (left < 0) return fault
  }
  return undefined
}

interface Passing {
  readonly service: URL
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
}

async function pass(passing: Passing, fault: ProxyFault | undefined, delayMs: number): Promise<void> {
  const { incoming, response } = passing
  response.on('error', () => {})
  // A sender that was killed within its body never asked for anything.
  const body = await bytesOf(incoming)
  if (fault === 'reset') return void incoming.socket.destroy()
  if (fault === 'error-500') return refuse(passing)
  if (delayMs > 0) await sleep(delayMs)
  const answer = await forward(passing, body)
  if (fault === 'lost-answer') return void incoming.socket.destroy()
  await reply(passing, answer, fault)
}

function refuse({ incoming, response }: Passing): void {
  const isJson = incoming.headers['x-amz-target'] !== undefined
  response.writeHead(500, { 'content-type': isJson ? 'application/x-amz-json-1.0' : 'application/xml' })
  response.end(incoming.method === 'HEAD' ? '' : isJson ? INTERNAL_JSON : INTERNAL_XML)
}

function forward({ service, incoming }: Passing, body: Buffer): Promise<Answer> {
  const { method, url, headers } = incoming
  const target = { host: service.hostname, port: service.port, method, path: url, headers }
  return new Promise((resolve, reject) => {
    const outgoing = request(target, (answer) => {
      bytesOf(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 500, headers: answer.rawHeaders, body: bytes }),
        reject,
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function reply({ incoming, response }: Passing, answer: Answer, fault: ProxyFault | undefined): Promise<void> {
  response.writeHead(answer.status, [...answer.headers])
  if (fault === 'cut-body') {
    response.write(answer.body.subarray(0, answer.body.length >> 1))
    await sleep(PIECE_PAUSE_MS)
    return void incoming.socket.destroy()
  }
  const pieces = fault === 'slow-body' ? PIECES : 1
  for (let piece = 1; piece < pieces; piece++) {
    response.write(slice(answer.body, piece - 1, pieces))
    await sleep(PIECE_PAUSE_MS)
  }
  response.end(slice(answer.body, pieces - 1, pieces))
}

function slice(body: Buffer, piece: number, pieces: number): Buffer {
  const at = (index: number) => Math.floor((body.length * index) / pieces)
  return body.subarray(at(piece), at(piece + 1))
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

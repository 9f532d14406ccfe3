import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../../util/errors.ts'
import { CallCounter, type ServiceName } from './call-counter.ts'
import { type Call, type Fault, FaultPlan } from './fault-plan.ts'
import { discard, type Reply, send } from './reply.ts'
import { ServiceError } from './service-error.ts'

/** One call that was understood and is ready to be done. */
export interface Work {
  readonly call: Call
  /** Does it; `fault` is given only where the service itself must take part in it (`partial`). */
  run(fault?: Fault): Promise<Reply> | Reply
}

/** What a service brings; everything else (counting, faults, sockets) is the same for all. */
export interface Protocol {
  readonly service: ServiceName
  /** Reads as much of the request as tells what is asked for. */
  accept(request: IncomingMessage): Promise<Work> | Work
  /** The fault as this service would word it. */
  faultError(fault: Fault, call: Call): ServiceError
  /** The answer for anything that was thrown. */
  refuse(error: unknown, request: IncomingMessage): Reply
}

/** Options that every server takes. */
export interface ServerOptions {
  /** A free one by default. */
  readonly port?: number
  /** If set, calls signed with another access key id get the service's own error. Signatures are never checked. */
  readonly accessKeyId?: string
  /** Shared between servers by `startEmbeddedCloud`; each has its own by default. */
  readonly calls?: CallCounter
  readonly faults?: FaultPlan
}

/** A server that runs. */
export interface RunningServer {
  /** `http://127.0.0.1:PORT`, for the SDK client's `endpoint`. */
  readonly endpoint: string
  readonly port: number
  readonly calls: CallCounter
  readonly faults: FaultPlan
  /** Lets calls that are under way end, then closes every connection. */
  close(): Promise<void>
}

/** Serves a protocol on 127.0.0.1; `server` is not listening yet and has no request listener. */
export async function serve(server: Server, protocol: Protocol, options: ServerOptions): Promise<RunningServer> {
  const { calls = new CallCounter(), faults = new FaultPlan() } = options
  const underWay = new Set<Promise<void>>()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const answered = answer({ protocol, calls, faults }, request, response).finally(() => underWay.delete(answered))
    underWay.add(answered)
  })
  // Nagle's algorithm and the clients' delayed acknowledgements together cost 40 ms a call.
  server.on('connection', (socket: Socket) => socket.setNoDelay(true))
  // A client with keep-alive may be idle for longer than Node's five seconds, and would meet a closed socket.
  server.keepAliveTimeout = 120_000
  server.requestTimeout = 0
  const port = await listen(server, protocol.service, options.port ?? 0)
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    calls,
    faults,
    close: () => close(server, underWay),
  }
}

interface Serving {
  readonly protocol: Protocol
  readonly calls: CallCounter
  readonly faults: FaultPlan
}

async function answer(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that leaves is no error of the server's; unheard, it would end the process.
  response.on('error', () => {})
  const reply = await replyTo(serving, request)
  if (reply === 'cut') return void request.socket.destroy()
  if (response.destroyed) {
    discard(reply)
    return
  }
  try {
    await send(response, reply)
  } catch (error) {
    // Such as a header that the client wants in the answer, and that no answer can have.
    discard(reply)
    await send(response, serving.protocol.refuse(error, request))
  }
  // What was refused before its body was read must still be read, or the next call on this connection starts in it.
  if (!request.readableEnded) request.resume()
}

async function replyTo({ protocol, calls, faults }: Serving, request: IncomingMessage): Promise<Reply | 'cut'> {
  try {
    const work = await protocol.accept(request)
    calls.add(work.call.service, work.call.operation)
    const fault = faults.take(work.call)
    if (!fault) return await work.run()
    return await replyUnder(fault, work, protocol)
  } catch (error) {
    return protocol.refuse(error, request)
  }
}

async function replyUnder(fault: Fault, work: Work, protocol: Protocol): Promise<Reply | 'cut'> {
  switch (fault.kind) {
    case 'dropped':
      return 'cut'
    case 'lost-answer':
      discard(await work.run())
      return 'cut'
    case 'delay':
      await sleep(fault.delayMs ?? 0)
      return work.run()
    case 'partial':
      return work.run(fault)
    case 'error':
      throw namedError(fault)
    default:
      throw protocol.faultError(fault, work.call)
  }
}

function namedError({ error }: Fault): ServiceError {
  if (error) return new ServiceError(error.status, error.code, error.message)
  const message = 'a fault of kind error names the error: { status, code, message }'
  throw new SluiceError({ code: 'fault-incomplete', kind: 'invalid', message })
}

function listen(server: Server, service: ServiceName, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen on 127.0.0.1:${port} for ${service}; choose another port or leave it out`
      reject(new SluiceError({ code: 'port-unavailable', kind: 'invalid', message, cause }))
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** A client may have stopped in the middle of a body: calls under way get so long to end. */
const PATIENCE_MS = 2_000

async function close(server: Server, underWay: ReadonlySet<Promise<void>>): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const unreferenced = { ref: false }
  await Promise.race([Promise.allSettled(underWay), sleep(PATIENCE_MS, undefined, unreferenced)])
  server.closeAllConnections()
  await Promise.allSettled(underWay)
  await closed
}

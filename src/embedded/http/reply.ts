import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** An answer before it is sent, so that a fault can still keep it from the client. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number>>
  /** Several buffers are sent one after the other without being joined; a stream comes with its own `content-length`. */
  readonly body?: string | Buffer | readonly Buffer[] | Readable
}

/** Sends a reply; resolves when the socket has taken it, and never rejects because the client left. */
export async function send(response: ServerResponse, { status, headers, body = '' }: Reply): Promise<void> {
  if (body instanceof Readable) {
    response.writeHead(status, headers)
    await pipeline(body, response).catch(() => response.destroy())
    return
  }
  const parts = typeof body === 'string' ? [Buffer.from(body)] : Buffer.isBuffer(body) ? [body] : body
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0)
  response.writeHead(status, { 'content-length': sizeBytes, ...headers })
  response.cork()
  for (const part of parts) response.write(part)
  response.end()
  response.uncork()
}

/** Lets go of a reply that will not be sent. */
export function discard({ body }: Reply): void {
  if (body instanceof Readable) body.destroy()
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Fetch = (request: Request) => Response | Promise<Response>

export interface HttpServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves an interface that speaks `fetch` on a free port of this machine alone. */
export async function serveHttp(fetch: Fetch): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(fetch, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(fetch: Fetch, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const read = await bodyOf(request)
  const body = method === 'GET' || method === 'HEAD' ? {} : { body: read }
  const fields = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
  const reply = await fetch(new Request(new URL(url, 'http://127.0.0.1'), { method, headers: fields, ...body }))
  response.writeHead(reply.status, Object.fromEntries(reply.headers))
  response.end(Buffer.from(await reply.arrayBuffer()))
}

/** Longer than any that the interface takes: of one that is longer still, this much is enough to be refused. */
const MOST_BYTES = 64 * 1024

async function bodyOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = []
  let sizeBytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    if (sizeBytes < MOST_BYTES) parts.push(part)
    sizeBytes += part.length
  }
  return Buffer.concat(parts)
}

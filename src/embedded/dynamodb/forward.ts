import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Reply } from '../http/reply.ts'
import type { DynaliteListener } from './dynalite.ts'

/** A request whose body was read, to be given to dynalite as if it had just come in. */
export interface Forwarded {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Lets dynalite answer, without a socket, so that a fault can still keep the answer from the client. */
export function forward(listener: DynaliteListener, { method, url, headers, body }: Forwarded): Promise<Reply> {
  return new Promise((resolve) => {
    const answered: Record<string, string | number> = {}
    const request = Object.assign(Readable.from(body.length > 0 ? [body] : []), { method, url, headers })
    const response = {
      statusCode: 200,
      setHeader: (name: string, value: string | number) => {
        answered[name.toLowerCase()] = value
      },
      end: (text = '') => resolve({ status: response.statusCode, headers: answered, body: text }),
    }
    listener(request as unknown as IncomingMessage, response)
  })
}

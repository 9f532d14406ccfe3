import type { IncomingMessage } from 'node:http'
import { ServiceError } from './service-error.ts'

/** A whole request body; refused beyond `limitBytes`, before more of it is kept. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let sizeBytes = 0
    request.on('data', (part: Buffer) => {
      sizeBytes += part.length
      if (sizeBytes <= limitBytes) parts.push(part)
      else reject(new ServiceError(413, 'RequestEntityTooLargeException', `Request size exceeded ${limitBytes} bytes`))
    })
    request.on('end', () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)))
    request.on('error', reject)
    request.on('close', () => reject(new ServiceError(400, 'IncompleteBody', 'The connection ended before the body')))
  })
}

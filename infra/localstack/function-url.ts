import { request } from 'node:http'

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

export interface HttpCall {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token?: string
}

/**
 * Calls a function by its URL. LocalStack tells functions apart by the name of the host, which no name server of this
 * machine knows: so the connection goes to LocalStack itself and only the header says the name.
 */
export async function callFunctionUrl(
  url: string,
  endpoint: string,
  { method, path, token }: HttpCall,
): Promise<HttpAnswer> {
  const { hostname, port } = new URL(endpoint)
  const headers = { host: new URL(url).host, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    outgoing.on('error', reject).end()
  })
}

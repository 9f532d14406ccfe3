import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { CallTime } from '../../src/aws/call-time.ts'
import { Clients } from '../../src/aws/clients.ts'

/** Clients of a server that answers as a test wants, until that ends. */
export async function answeredBy(t: TestContext, listener: RequestListener, time?: CallTime): Promise<Clients> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const clients = new Clients({ endpoint: `http://127.0.0.1:${port}`, environment: {} }, time)
  t.after(() => {
    clients.destroy()
    server.closeAllConnections()
    server.close()
  })
  return clients
}

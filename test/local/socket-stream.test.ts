import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import { serializeBlock } from '../../src/dstream/serialize-block.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import { localEnvironment } from '../../src/local/environment.ts'
import { runApplication } from '../../src/local/run-application.ts'
import type { ReceiverEvent } from '../../src/ports/receiver-event.ts'
import { SparkConf } from '../../src/rdd/spark-conf.ts'
import { milliseconds } from '../../src/util/time.ts'
import { Collected, contextFor, quiet } from './streaming-context/context.ts'

/** What stands for `nc -lk`: a server on a free port, with the connections that it gets. */
class Listener {
  readonly server: Server
  readonly #sockets: Socket[] = []
  readonly #waiting: ((socket: Socket) => void)[] = []

  constructor(t: TestContext) {
    this.server = createServer((socket) => {
      socket.on('error', () => {})
      this.#sockets.push(socket)
      this.#waiting.shift()?.(this.#sockets.shift() as Socket)
    })
    t.after(() => this.server.close())
  }
  async listen(port = 0): Promise<number> {
    this.server.listen(port, '127.0.0.1')
    await once(this.server, 'listening')
    return (this.server.address() as AddressInfo).port
  }
  connection(): Promise<Socket> {
    const socket = this.#sockets.shift()
    return socket === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(socket)
  }
}

/** Runs a stream by the clock until what it gave satisfies the test. */
class Running<T> {
  readonly elements: T[] = []
  readonly events: ReceiverEvent[] = []
  readonly partitions: number[] = []
  readonly #stop = new AbortController()
  readonly #done: Promise<unknown>
  #look: () => void = () => {}

  constructor(build: (ssc: StreamBuilder) => DStream<T>) {
    const app = defineApp({ name: 'sockets', batchInterval: milliseconds(50) }, (ssc) => {
      build(ssc).foreachRDD(async (rdd) => {
        const elements = await rdd.collect()
        this.elements.push(...elements)
        if (elements.length > 0) this.partitions.push(rdd.getNumPartitions())
        this.#look()
      })
    })
    const environment = {
      ...localEnvironment({ log: quiet, write: () => {} }),
      settings: new SparkConf().setAll({
        'spark.streaming.receiverRestartDelay': '10ms',
        'spark.streaming.blockInterval': '10ms',
      }),
      receiverEvent: (event: ReceiverEvent) => {
        this.events.push(event)
        this.#look()
      },
    }
    this.#done = runApplication(app, { stop: this.#stop.signal }, environment)
  }
  async until(holds: () => boolean): Promise<void> {
    const held = new Promise<void>((resolve) => {
      this.#look = () => holds() && resolve()
    })
    this.#look()
    await Promise.race([held, this.#done])
    assert.ok(holds(), 'the run ended before')
  }
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}

test('InputStreamsSuite "socket input stream": lines come in order, whichever batch each falls in', async (t) => {
  const listener = new Listener(t)
  const port = await listener.listen()
  const running = new Running((ssc) => ssc.socketTextStream('127.0.0.1', port))
  const socket = await listener.connection()
  for (const text of ['1\n2\r', '\n3\n', 'z\u00fc']) {
    // Each piece goes out by itself; the last ends within a character.
    const bytes = Buffer.from(text)
    socket.write(text.startsWith('z') ? bytes.subarray(0, 2) : bytes)
    await running.until(() => running.elements.length >= (text === 'zü' ? 3 : text.startsWith('1') ? 1 : 3))
  }
  socket.write(Buffer.from('zü').subarray(2))
  socket.write('rich\n5\n')
  await running.until(() => running.elements.length >= 5)
  await running.stop()
  socket.destroy()
  assert.deepEqual(running.elements, ['1', '2', '3', 'zürich', '5'])
})

test('a connection that ends is made again, as often as it takes', async (t) => {
  const listener = new Listener(t)
  const port = await listener.listen()
  const running = new Running((ssc) => ssc.socketTextStream('127.0.0.1', port))
  for (const line of ['first', 'second', 'third']) {
    const socket = await listener.connection()
    socket.end(`${line}\n`)
  }
  await running.until(() => running.elements.length >= 3)
  await running.stop()
  assert.deepEqual(running.elements, ['first', 'second', 'third'])
  const stopped = running.events.filter(({ kind }) => kind === 'stopped').map(({ receiverInfo }) => receiverInfo)
  assert.equal(
    stopped[0]?.lastErrorMessage,
    'Restarting receiver with delay 10 ms: Socket data stream had no more data',
  )
  assert.equal(stopped[0]?.name, 'SocketReceiver-0')
})

test('a server that is not there yet is waited for', async (t) => {
  const first = new Listener(t)
  const port = await first.listen()
  first.server.close()
  await once(first.server, 'close')
  const running = new Running((ssc) => ssc.socketTextStream('127.0.0.1', port))
  await running.until(() =>
    running.events.some(({ receiverInfo }) =>
      receiverInfo.lastErrorMessage.includes(`Error connecting to 127.0.0.1:${port}`),
    ),
  )
  const second = new Listener(t)
  await second.listen(port)
  const socket = await second.connection()
  socket.end('here\n')
  await running.until(() => running.elements.length >= 1)
  await running.stop()
  assert.deepEqual(running.elements, ['here'])
})

test('a converter makes elements of the bytes of a connection, arrays too', async (t) => {
  const listener = new Listener(t)
  const port = await listener.listen()
  const running = new Running((ssc) =>
    ssc.socketStream('127.0.0.1', port, async function* (bytes) {
      for await (const chunk of bytes) yield [String.fromCharCode(...chunk), chunk.length] as [string, number]
    }),
  )
  const socket = await listener.connection()
  socket.write('row')
  await running.until(() => running.elements.length >= 1)
  await running.stop()
  socket.destroy()
  assert.deepEqual(running.elements, [['row', 3]])
})

test('a connection that is reset while its converter waits for something else is made again, and harms nobody', async (t) => {
  const listener = new Listener(t)
  const port = await listener.listen()
  let converting = () => {}
  const converted = new Promise<void>((resolve) => (converting = resolve))
  const running = new Running((ssc) =>
    ssc.socketStream('127.0.0.1', port, async function* (bytes) {
      converting()
      // The reset is there before anybody reads.
      await pause(50)
      for await (const chunk of bytes) yield chunk.length
    }),
  )
  const first = await listener.connection()
  await converted
  first.resetAndDestroy()
  const second = await listener.connection()
  second.write('row')
  await running.until(() => running.elements.length > 0)
  await running.stop()
  second.destroy()
  assert.deepEqual(running.elements, [3])
  const stopped = running.events.find(({ kind }) => kind === 'stopped')
  assert.match(stopped?.receiverInfo.lastError ?? '', /ECONNRESET/)
})

test('what comes on a raw socket and is no block ends the connection, and no batch fails on it', async (t) => {
  const listener = new Listener(t)
  const port = await listener.listen()
  const running = new Running((ssc) => ssc.rawSocketStream('127.0.0.1', port))
  const first = await listener.connection()
  // An empty frame, as servers send to show that they are there, then one of another protocol.
  first.write(Buffer.from([0, 0, 0, 0, 0, 0, 0, 2, 0x47, 0x45]))
  const second = await listener.connection()
  second.write(frame(['a']))
  await running.until(() => running.elements.length > 0)
  await running.stop()
  for (const socket of [first, second]) socket.destroy()
  assert.deepEqual(running.elements, ['a'])
  const stopped = running.events.find(({ kind }) => kind === 'stopped')
  assert.match(stopped?.receiverInfo.lastError ?? '', /serializeBlock/)
})

function frame(elements: readonly string[]): Buffer {
  const body = Buffer.from(serializeBlock(elements))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

test('each frame of a raw socket is a block of its own, and so a partition', async (t) => {
  const listener = new Listener(t)
  const port = await listener.listen()
  const running = new Running((ssc) => ssc.rawSocketStream('127.0.0.1', port))
  const socket = await listener.connection()
  const bytes = Buffer.concat([frame(['a', 'b']), frame(['c'])])
  socket.write(bytes.subarray(0, 3))
  socket.write(bytes.subarray(3))
  await running.until(() => running.elements.length >= 3)
  await running.stop()
  socket.destroy()
  assert.deepEqual(running.elements, ['a', 'b', 'c'])
  assert.equal(
    running.partitions.reduce((sum, count) => sum + count),
    2,
  )
})

test('InputStreamsSuite "socket input stream - no block in a batch": a batch for which nothing came is run, on an empty dataset', async (t) => {
  const port = await new Listener(t).listen()
  const ssc = contextFor(t)
  const seen = new Collected<string>()
  ssc.socketTextStream('127.0.0.1', port).foreachRDD(async (rdd) => {
    assert.equal(await rdd.isEmpty(), true)
    seen.add(await rdd.collect())
  })
  await ssc.start()
  assert.deepEqual((await seen.atLeast(2)).slice(0, 2), [[], []])
  await ssc.stop()
})

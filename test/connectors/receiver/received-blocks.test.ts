import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReceivedBlocks } from '../../../src/connectors/receiver/received-blocks.ts'
import { FakeClock } from '../fake-clock.ts'
import { FakeStorage } from '../fake-storage.ts'

function blocksOf(
  storage: FakeStorage,
  session: string,
  url = 'memory://checkpoint',
  madeBy?: 'computed',
  clock = new FakeClock(),
): ReceivedBlocks {
  const surroundings = { app: 'receiving', streamId: 0, session, checkpoint: storage.open(url), clock }
  return new ReceivedBlocks({ ...surroundings, log: { debug() {}, info() {}, warn() {}, error() {} } }, 'in', madeBy)
}

const session = (number: number): string => `session-${String(number).padStart(3, '0')}`

test('marks of the last 64 sessions are kept, and of earlier ones as long as a block of theirs is there', async () => {
  const storage = new FakeStorage()
  await blocksOf(storage, session(3)).put(['left behind'])
  const blocks = blocksOf(storage, session(100))
  const all = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [session(number), [0, 1]]))
  const consumed = { ...all, [session(3)]: [7, 8] }
  await blocks.unread(consumed)
  const next = blocks.consume(consumed, [await blocks.put(['new'])])
  assert.deepEqual(Object.keys(next), [session(3), ...Object.keys(consumed).slice(-63), session(100)])
  assert.deepEqual(
    [next[session(3)], next[session(100)]],
    [
      [7, 8],
      [0, 1],
    ],
  )
})

test('block-marks-kept: a block that was read is not read again after however many sessions, while it is there for a replay', async () => {
  const storage = new FakeStorage()
  let consumed = {}
  for (let number = 0; number < 70; number++) {
    const blocks = blocksOf(storage, session(number))
    const { key } = await blocks.put([number])
    const unread = await blocks.unread(consumed)
    assert.deepEqual(
      unread.map((block) => block.key),
      [key],
    )
    consumed = blocks.consume(consumed, unread)
  }
})

test('known-blocks-are-there: who has been away while others read, collected and forgot what it knows plans none of it', async () => {
  const storage = new FakeStorage()
  const clock = new FakeClock()
  const standby = blocksOf(storage, session(0), undefined, undefined, clock)
  const own = await standby.put(['its own'])
  const found = await blocksOf(storage, session(1)).put(['found'])
  assert.equal((await standby.unread({})).length, 2)
  for (const { key } of [own, found]) storage.objects.delete(`memory://checkpoint/${key}`)
  const left = await blocksOf(storage, session(70)).put(['left'])
  const consumed = Object.fromEntries(Array.from({ length: 64 }, (_, number) => [session(number + 2), [0, 1]]))
  clock.advance(60_000)
  assert.deepEqual(
    (await standby.unread(consumed)).map(({ key }) => key),
    [left.key],
  )
})

test('known-blocks-are-there: also of a session that has other marks, or had some when the listing was made', async () => {
  const storage = new FakeStorage()
  const clock = new FakeClock()
  const standby = blocksOf(storage, session(0), undefined, undefined, clock)
  const [first, second] = [await standby.put(['first']), await standby.put(['second'])]
  for (const { key } of [first, second]) storage.objects.delete(`memory://checkpoint/${key}`)
  clock.advance(60_000)
  // Listed for a plan from a head that was out of date, and not again for the plan that follows from the head as it is.
  assert.deepEqual(await standby.unread({ [session(0)]: [0, 1] }), [])
  assert.deepEqual(await standby.unread({}), [])
})

test('known-blocks-are-there: also soon after a listing, if others have gone on; who goes on alone lists no more often', async () => {
  const storage = new FakeStorage()
  const standby = blocksOf(storage, session(0))
  const found = await blocksOf(storage, session(1)).put(['found'])
  const read = await standby.unread({})
  assert.deepEqual(
    read.map(({ key }) => key),
    [found.key],
  )
  // Its plan comes to nothing; a successor reads the block, and so many sessions after it that its mark goes.
  standby.consume({}, read)
  storage.objects.delete(`memory://checkpoint/${found.key}`)
  const consumed = { [session(70)]: [0, 1] }
  assert.deepEqual(await standby.unread(consumed), [])
  const late = await blocksOf(storage, session(71)).put(['of another process'])
  assert.deepEqual(await standby.unread(consumed), [], 'a listing a minute')
  const next = standby.consume(consumed, [await standby.put(['own'])])
  assert.deepEqual(await standby.unread(next), [], 'what it has planned itself')
  assert.deepEqual(
    (await standby.unread({ ...next, [session(71)]: [5, 6] })).map(({ key }) => key),
    [late.key],
  )
})

test('the last sessions are those that were read last, whatever the clocks were by which they are named', async () => {
  const storage = new FakeStorage()
  const behind = blocksOf(storage, session(0))
  const ahead = Object.fromEntries(Array.from({ length: 64 }, (_, number) => [session(500 + number), [0, 1]]))
  await behind.unread(ahead)
  const read = await behind.put(['read last'])
  const consumed = behind.consume(ahead, [read])
  storage.objects.delete(`memory://checkpoint/${read.key}`)
  const later = blocksOf(storage, session(600))
  await later.unread(consumed)
  const marks = Object.keys(later.consume(consumed, [await later.put(['new'])]))
  assert.deepEqual(marks.slice(-2), [session(0), session(600)])
  assert.equal(marks.length, 64)
})

test('what is computed for plans is no block of receivers, nor theirs of it, and takes no place among their sessions', async () => {
  const storage = new FakeStorage()
  const received = await blocksOf(storage, session(0)).put(['received'])
  const computing = blocksOf(storage, session(1), undefined, 'computed')
  const computed = await computing.put(['computed'])
  const receiving = blocksOf(storage, session(2))
  const keysOf = async (blocks: ReceivedBlocks) => (await blocks.unread({})).map(({ key }) => key)
  assert.deepEqual([await keysOf(receiving), await keysOf(computing)], [[received.key], [computed.key]])
  const others = Array.from({ length: 64 }, (_, number) => [`computed-${session(number)}`, [0, 1]] as const)
  const consumed = { [session(0)]: [7, 8], [session(9)]: [0, 1], ...Object.fromEntries(others) }
  const later = blocksOf(storage, session(10))
  await later.unread(consumed)
  const marks = later.consume(consumed, [received])
  assert.deepEqual(Object.keys(marks), [session(9), computed.session, session(0)])
})

for (const [url, kept] of [
  ['memory://checkpoint', 1_000],
  ['file:///checkpoint', 1_005],
] as const) {
  test(`of committed blocks ${kept} of 1,005 are kept in ${url}: memory is not collected, and all else is`, async () => {
    const storage = new FakeStorage()
    const blocks = blocksOf(storage, session(0), url)
    const put = await Promise.all(Array.from({ length: 1_005 }, (_, number) => blocks.put([number])))
    const consumed = blocks.consume({}, put)
    assert.equal(storage.objects.size, 1_005)
    assert.deepEqual(await blocks.unread(consumed), [])
    assert.equal(storage.objects.size, kept)
    assert.equal(blocks.pending, 0)
  })
}

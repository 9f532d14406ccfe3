import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchMark } from '../../src/checkpoint/batch-mark.ts'
import type { KeyedStore } from '../../src/ports/keyed-store.ts'
import { Random } from '../../src/util/random.ts'

const mark = (batchTime: number, incarnation = 1): string => batchMark({ batchTime, incarnation })

/** Every store of keyed writes; each rule is followed by the schedule that breaks it. */
export function keyedStoreContract(name: string, open: () => KeyedStore | Promise<KeyedStore>): void {
  const rule = (title: string, run: (store: KeyedStore) => Promise<void>) =>
    test(`${name}: ${title}`, async () => run(await open()))

  rule('what is written is read, key by key', async (store) => {
    assert.equal(await store.read('a'), undefined)
    assert.equal(await store.write({ key: 'a', mark: mark(1000), value: '1' }), 'written')
    assert.equal(await store.write({ key: 'ü/€ 𝄞', mark: mark(1000), value: '{"b":2}' }), 'written')
    assert.deepEqual([await store.read('a'), await store.read('ü/€ 𝄞')], ['1', '{"b":2}'])
  })

  rule('keyed-not-older: batch 1 that is written again behind batch 2 changes nothing', async (store) => {
    await store.write({ key: 'a', mark: mark(1000), value: 'old' })
    await store.write({ key: 'a', mark: mark(2000), value: 'new' })
    assert.equal(await store.write({ key: 'a', mark: mark(1000), value: 'old' }), 'older')
    assert.equal(await store.read('a'), 'new')
  })

  rule('a batch time of fewer digits is the older one', async (store) => {
    await store.write({ key: 'a', mark: mark(10_000), value: 'new' })
    assert.equal(await store.write({ key: 'a', mark: mark(9000), value: 'old' }), 'older')
  })

  rule('a batch that is run again, or whose answer was lost, writes again', async (store) => {
    for (let times = 0; times < 3; times++) {
      assert.equal(await store.write({ key: 'a', mark: mark(1000), value: 'same' }), 'written')
    }
    assert.equal(await store.read('a'), 'same')
  })

  rule('keyed-mark-has-incarnation: after a reset to earlier batch times writes are taken', async (store) => {
    await store.write({ key: 'a', mark: mark(9000, 1), value: 'before' })
    assert.equal(await store.write({ key: 'a', mark: mark(1000, 2), value: 'after' }), 'written')
    assert.equal(await store.write({ key: 'a', mark: mark(9000, 1), value: 'before' }), 'older')
    assert.equal(await store.read('a'), 'after')
  })

  rule('keyed-tombstones: a key that batch 2 deletes does not come back with a late batch 1', async (store) => {
    await store.write({ key: 'a', mark: mark(1000), value: 'set' })
    assert.equal(await store.write({ key: 'a', mark: mark(2000), value: undefined }), 'written')
    assert.equal(await store.read('a'), undefined)
    assert.equal(await store.write({ key: 'a', mark: mark(1000), value: 'set' }), 'older')
    assert.equal(await store.read('a'), undefined)
    assert.equal(await store.write({ key: 'a', mark: mark(3000), value: 'again' }), 'written')
    assert.equal(await store.read('a'), 'again')
  })

  rule('a key that was never there may be deleted, and stays so', async (store) => {
    await store.write({ key: 'a', mark: mark(2000), value: undefined })
    assert.equal(await store.write({ key: 'a', mark: mark(1000), value: 'late' }), 'older')
    assert.equal(await store.read('a'), undefined)
  })

  rule('of writers that race the last batch wins, in whatever order they come', async (store) => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = new Random(seed)
      const writes = Array.from({ length: 12 }, (_, i) => ({
        key: `${seed}`,
        mark: mark(1000 * (i + 1)),
        value: `${i}`,
      }))
      for (let i = writes.length - 1; i > 0; i--) {
        const j = random.nextInt(i + 1)
        const [a, b] = [writes[i], writes[j]]
        if (a !== undefined && b !== undefined) [writes[i], writes[j]] = [b, a]
      }
      await Promise.all(writes.map((write) => store.write(write)))
      assert.equal(await store.read(`${seed}`), '11', `seed ${seed}`)
    }
  })
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FileHeadRegister } from '../../../src/local/stores/file-head-register.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'
import { directoryTree, treeDifferences } from '../../kill/directory-tree.ts'
import { withFullDisk } from './full-disk.ts'
import { codesOf, runInPlace, writeInput } from './run-in-place.ts'

const SCRIPT = fileURLToPath(new URL('run-in-place.ts', import.meta.url))
/** Of the places where a disk can become full, each so-manieth; all with `SLUICE_FULL_DISK_STEP=1`. */
const STEP = Number(process.env.SLUICE_FULL_DISK_STEP ?? 6)
/** How long somebody waits for a disk that is full. */
const PATIENCE_MS = 20
const NOBODY = 65_534
const POSIX = { skip: process.platform === 'win32' && 'limits and permissions are of POSIX' }

function placeWithInput(t: TestContext): string {
  const place = tempDirectory(t)
  writeInput(place)
  return place
}

async function undisturbed(
  t: TestContext,
): Promise<{ readonly tree: ReadonlyMap<string, string>; readonly calls: number }> {
  const place = placeWithInput(t)
  const calls = await withFullDisk({ from: Number.POSITIVE_INFINITY }, () => runInPlace(place))
  return { tree: directoryTree(join(place, 'out')), calls }
}

function visible(place: string): ReadonlyMap<string, string> {
  return existsSync(join(place, 'out')) ? directoryTree(join(place, 'out')) : new Map()
}

test('wherever a disk becomes full, nothing half is visible, and all goes on when there is room again', async (t) => {
  const { tree, calls } = await undisturbed(t)
  for (let from = Date.now() % STEP; from < calls; from += STEP) {
    const place = placeWithInput(t)
    const stop = new AbortController()
    const onFull = () => setTimeout(() => stop.abort(), PATIENCE_MS)
    let codes: readonly string[] = []
    await withFullDisk({ from, onFull }, () =>
      runInPlace(place, stop.signal).catch((error) => {
        codes = codesOf(error)
      }),
    )
    // The last write of all gives the lease back, which may fail.
    const found = treeDifferences(visible(place), tree)
    if (codes.length > 0) assert.ok(codes.includes('disk-full'), `full from call ${from} of ${calls}: ${codes}`)
    else assert.deepEqual(found, [], `full from call ${from} of ${calls}`)
    assert.deepEqual(
      found.filter((difference) => !difference.startsWith('missing')),
      [],
      `full from call ${from} of ${calls}`,
    )
    await runInPlace(place)
    assert.deepEqual(treeDifferences(visible(place), tree), [], `full from call ${from} of ${calls}`)
  }
})

test(
  'a process that may not write files of the size it takes says so, keeps its plan, and another goes on',
  POSIX,
  async (t) => {
    const { tree } = await undisturbed(t)
    const place = placeWithInput(t)
    const limited = `ulimit -f 16; exec "$0" --import tsx "$1" "$2"`
    const ended = run('bash', ['-c', limited, process.execPath, SCRIPT, place])
    assert.deepEqual(ended, ['batch-failed', 'file-too-large'])
    const head = await new FileHeadRegister(join(place, 'checkpoint')).read('counts')
    assert.equal(head?.planned?.failure?.code, 'file-too-large')
    assert.deepEqual([...visible(place).keys()], [])
    await runInPlace(place)
    assert.deepEqual(treeDifferences(visible(place), tree), [])
  },
)

test('a directory that may not be written is named, and nothing is left in it', POSIX, async (t) => {
  const place = placeWithInput(t)
  const checkpoint = join(place, 'checkpoint')
  mkdirSync(checkpoint)
  chmodSync(place, 0o755)
  chmodSync(checkpoint, 0o555)
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  assert.deepEqual(run(process.execPath, ['--import', 'tsx', SCRIPT, place], asNobody), ['access-denied'])
  assert.deepEqual(readdirSync(checkpoint), [])
  chmodSync(checkpoint, 0o755)
  await runInPlace(place)
  assert.equal([...visible(place).keys()].filter((name) => name.endsWith('_SUCCESS')).length, 2)
})

/** What the script said. */
function run(command: string, args: readonly string[], identity: { uid?: number; gid?: number } = {}): unknown {
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
  const { stdout, stderr } = spawnSync(command, [...args], { encoding: 'utf8', env, ...identity })
  assert.match(stdout, /^\[/, stderr)
  return JSON.parse(stdout)
}

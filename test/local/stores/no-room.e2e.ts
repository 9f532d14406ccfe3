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

const FAILURES = [
  { code: 'ENOSPC', told: 'disk-full', rule: 'wherever a disk becomes full' },
  { code: 'EROFS', told: 'read-only', rule: 'wherever a file system turns read-only, as after an error of its disk' },
  { code: 'EACCES', told: 'access-denied', rule: 'wherever the permission to write is taken away' },
] as const

for (const { code, told, rule } of FAILURES) {
  test(`${rule}, nothing half is visible, and all goes on when it can`, async (t) => {
    const { tree, calls } = await undisturbed(t)
    const step = code === 'ENOSPC' ? STEP : 3 * STEP
    for (let from = Date.now() % step; from < calls; from += step) {
      const place = placeWithInput(t)
      const stop = new AbortController()
      const onFull = () => setTimeout(() => stop.abort(), PATIENCE_MS)
      let codes: readonly string[] = []
      await withFullDisk({ from, code, onFull }, () =>
        runInPlace(place, stop.signal).catch((error) => {
          codes = codesOf(error)
        }),
      )
      // The last write of all gives the lease back, which may fail.
      const found = treeDifferences(visible(place), tree)
      if (codes.length > 0) assert.ok(codes.includes(told), `${code} from call ${from} of ${calls}: ${codes}`)
      else assert.deepEqual(found, [], `${code} from call ${from} of ${calls}`)
      assert.deepEqual(
        found.filter((difference) => !difference.startsWith('missing')),
        [],
        `${code} from call ${from} of ${calls}`,
      )
      await runInPlace(place)
      assert.deepEqual(treeDifferences(visible(place), tree), [], `${code} from call ${from} of ${calls}`)
    }
  })
}

/**
 * In a mount namespace of its own, which ends with it: a checkpoint on a file system that is too small until a run has found
 * out, or waits for room; then one that is read-only; then one that is as it should be.
 */
const MOUNTING = `
node=$0 script=$1 place=$2
mount -t tmpfs -o size=48k none "$place/checkpoint" || exit 99
run() { "$node" --import tsx "$script" "$place"; }
run & pid=$!
while kill -0 $pid && [ "$(df -k --output=avail "$place/checkpoint" | tail -1)" -gt 4 ]; do sleep 0.1; done 2>/dev/null
mount -o remount,size=32m "$place/checkpoint"
wait $pid
mount -o remount,ro "$place/checkpoint"
run
mount -o remount,rw "$place/checkpoint"
run`

test('on a file system that is full, and then one that is read-only, a run says so; with room and rights another goes on', async (t) => {
  const { tree } = await undisturbed(t)
  const place = placeWithInput(t)
  mkdirSync(join(place, 'checkpoint'))
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
  const { status, stdout, stderr, error } = spawnSync(
    'unshare',
    ['-rm', 'bash', '-c', MOUNTING, process.execPath, SCRIPT, place],
    { encoding: 'utf8', env, timeout: 120_000 },
  )
  if (error !== undefined || status === 99 || /^unshare:/.test(stderr))
    return t.skip('no file system can be mounted here')
  const said = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as readonly string[])
  const [full = [], readOnly = [], atLast = []] = said
  // A head that finds no room waits for some, and then nothing is left to do; anything larger fails its batch.
  if (full.join() !== 'done') {
    assert.deepEqual(full, ['batch-failed', 'disk-full'], stderr)
    assert.deepEqual(readOnly, ['read-only'], stderr)
  }
  assert.deepEqual(atLast, ['done'], stderr)
  assert.deepEqual(treeDifferences(visible(place), tree), [])
})

test('on a read-only file system a checkpoint that is not there yet ends a run as well, at once', (t) => {
  const place = placeWithInput(t)
  mkdirSync(join(place, 'checkpoint'))
  const mounting = 'mount -t tmpfs -o ro none "$2/checkpoint" || exit 99; exec "$0" --import tsx "$1" "$2"'
  const { status, stdout, stderr, error } = spawnSync(
    'unshare',
    ['-rm', 'bash', '-c', mounting, process.execPath, SCRIPT, place],
    { encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' }, timeout: 20_000, killSignal: 'SIGKILL' },
  )
  const isMissing = error !== undefined && (error as NodeJS.ErrnoException).code !== 'ETIMEDOUT'
  if (isMissing || status === 99 || /^unshare:/.test(stderr)) return t.skip('no file system can be mounted here')
  assert.match(stdout, /"read-only"\]/, stderr)
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

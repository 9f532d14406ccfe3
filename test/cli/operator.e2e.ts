import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { textPlace } from './place.ts'
import { jsonLines, sluice } from './sluice.ts'
import { countedByHand, countedInOutput } from './word-folder.ts'

const APP = 'functions/running-count.ts'

test('collect, savepoint, a start from it elsewhere, and reset, as an operator types them', async (t) => {
  const { directory: root, input, output, checkpoint } = textPlace(t)
  const out = join(output, 'words')
  const at = (place: string, target = out) => ['--checkpoint', place, '--set', `in=${input}`, '--set', `out=${target}`]
  const ran = async (...args: readonly string[]) => {
    const ended = await sluice(t, ...args)
    assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.stderr}`)
    return ended
  }
  await ran('run', APP, ...at(checkpoint), '--until-idle', '--start', '0', '--set', 'maxFilesPerBatch=2')

  const saved = await ran('savepoint', 'create', APP, 'half', ...at(checkpoint), '--batch', '10000')
  assert.match(saved.stdout, /^savepoint half kept batch 10000 ms, made 20\d\d-/)
  const collected = jsonLines(await ran('collect', APP, ...at(checkpoint), '--json'))
  assert.ok(Number(collected[0]?.kept) > 0, JSON.stringify(collected))

  const copy = [...at(join(root, 'copy'), join(root, 'copied', 'words')), '--set', 'maxFilesPerBatch=2']
  await ran('savepoint', 'start', APP, 'half', '--from', checkpoint, ...copy)
  await ran('run', APP, ...copy, '--until-idle')
  assert.deepEqual(
    countedInOutput([newest(join(root, 'copied'))]),
    countedByHand(input),
    'the copy goes on where the savepoint is',
  )

  await ran('savepoint', 'delete', APP, 'half', ...at(checkpoint))
  assert.deepEqual(jsonLines(await ran('savepoint', 'list', APP, ...at(checkpoint), '--json')), [])
  const reset = await ran('reset', APP, ...at(checkpoint), '--reason', 'counted twice', '--start', '90000')
  assert.equal(reset.stdout, 'incarnation 2 begins after 90000 ms, streams begin anew\n')
  await ran('run', APP, ...at(checkpoint), '--until-idle')
  assert.deepEqual(countedInOutput([newest(output)]), countedByHand(input))
  const listed = await ran('batches', APP, ...at(checkpoint))
  assert.match(listed.stdout, /90000 ms, no batch: begun anew by a reset: counted twice/)
})

/** The directory of the newest batch. */
function newest(directory: string): string {
  const timeOf = (name: string) => Number(/-(\d+)$/.exec(name)?.[1] ?? 0)
  const [last = ''] = readdirSync(directory).sort((a, b) => timeOf(b) - timeOf(a))
  return join(directory, last)
}

test('operator commands without what they need end with code 2, or 1, and say what to write', async (t) => {
  const { directory: root, input, output: out } = textPlace(t)
  const place = ['--set', `in=${input}`, '--set', `out=${out}`, '--checkpoint', join(root, 'none')]
  const cases: readonly (readonly [number, readonly string[], RegExp])[] = [
    [2, ['reset', APP, ...place], /--reason <text>/],
    [2, ['savepoint', 'create', APP, ...place], /missing required argument 'name'/],
    [2, ['savepoint', 'start', APP, 'a', ...place], /--from <place>/],
    [2, ['collect', APP, ...place.slice(0, 4), '--checkpoint', 's3://bucket/a'], /--table sluice-heads/],
    [1, ['collect', APP, ...place], /no checkpoint of running-count .*run the application with it first/],
  ]
  for (const [expected, args, says] of cases) {
    const { code, stdout, stderr } = await sluice(t, ...args)
    assert.deepEqual({ code, stdout }, { code: expected, stdout: '' }, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, says)
  }
})

test('inspect and verify tell what a batch did, and what is wrong, and mend what was published', async (t) => {
  const { input, output, checkpoint } = textPlace(t)
  const place = ['--checkpoint', checkpoint, '--set', `in=${input}`, '--set', `out=${join(output, 'words')}`]
  await sluice(t, 'run', APP, ...place, '--until-idle', '--start', '0')
  const shown = await sluice(t, 'inspect', APP, ...place, '--batch', '10000', '--limit', '2')
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /^batch 10000 ms committed, \d+ records/)
  assert.match(shown.stdout, /\ninput .* \(file\): 4 ranges, \d+ records\n/)
  assert.match(shown.stdout, /\nstate .*: \d+ put, 0 deleted\n {2}put ".*" = \d+ \[partition 0\]\n/)
  assert.match(shown.stdout, /\n {2}… and \d+ more \(--limit\)\n/)
  assert.match(shown.stdout, /\noutput .* \(files\): .*words-10000\n {2}part-00000, \d+ bytes, CRC-32C /)

  const sound = await sluice(t, 'verify', APP, ...place)
  assert.deepEqual([sound.code, sound.stderr], [0, ''], sound.stdout)
  assert.match(sound.stdout, /1 batch, \d+ objects, 1 output of running-count looked at: nothing is damaged\n$/)
  const part = join(output, 'words-10000', 'part-00000')
  writeFileSync(part, 'changed')
  const damaged = await sluice(t, 'verify', APP, ...place)
  assert.equal(damaged.code, 1)
  assert.match(
    damaged.stdout,
    /^damage \(batch 10000 ms\): A published file was changed: it has 7 bytes instead of \d+/,
  )
  const mended = jsonLines(await sluice(t, 'verify', APP, ...place, '--repair', '--json'))
  assert.equal(mended[0]?.sound, true, JSON.stringify(mended))
  assert.match(String(mended[0]?.repaired), /^published batch 10000 ms of .* again/)
  assert.notEqual(readFileSync(part, 'utf8'), 'changed')
})

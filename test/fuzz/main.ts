/**
 * Runs every decoder, or those named, on so many mutants each:
 *
 *     node --import tsx test/fuzz/main.ts --cases 20000 --seed 1 changelog snapshot
 */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { targets } from './targets.ts'

const { values, positionals } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const chosen = targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
for (const target of chosen) {
  const { findings, refused, read } = await fuzz(target, { seed: Number(values.seed), cases: Number(values.cases) })
  process.stdout.write(`${target.name}: ${refused} refused, ${read} read, ${findings.length} findings\n`)
  for (const finding of findings) process.stdout.write(`${JSON.stringify(finding)}\n`)
  if (findings.length > 0) process.exitCode = 1
}

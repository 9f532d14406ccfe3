/**
 * Kills racing processes over a faulty network, as often as is asked for, and says whether anything was lost or doubled:
 *
 *     node --import tsx test/kill/campaign.ts --kills 500 --seed 1
 */
import { parseArgs } from 'node:util'
import { runCampaign } from './run-campaign.ts'

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '500' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
const began = performance.now()
const report = await runCampaign({
  kills,
  seed,
  onKill: (count) => {
    if (count % 25 === 0) process.stderr.write(`${count} kills\n`)
  },
})
process.stdout.write(
  `${JSON.stringify({ ...report, seconds: Math.round((performance.now() - began) / 1000) }, null, 2)}\n`,
)
process.exitCode = report.differences.length + report.surprises.length > 0 ? 1 : 0

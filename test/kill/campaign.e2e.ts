import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from './run-campaign.ts'

/** Of a campaign of hundreds (`campaign.ts`), so many. */
const KILLS = Number(process.env.SLUICE_KILLS ?? 6)

test('processes that race over a faulty network and are killed lose nothing and double nothing', async (t) => {
  const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 1_000_000)
  const { differences, surprises, ...figures } = await runCampaign({ kills: KILLS, seed })
  t.diagnostic(JSON.stringify(figures))
  const again = `SLUICE_TEST_SEED=${seed} repeats the same faults and kills, as far as processes keep their pace`
  assert.deepEqual({ differences, surprises }, { differences: [], surprises: [] }, again)
  assert.ok(figures.kills >= KILLS && figures.batches > 0, JSON.stringify(figures))
})

import { MemoryMetrics } from '../../src/local/memory-metrics.ts'
import { SystemClock } from '../../src/local/system-clock.ts'
import { clockContract } from '../contracts/clock.contract.ts'
import { metricsContract } from '../contracts/metrics.contract.ts'

clockContract('SystemClock', () => ({ clock: new SystemClock() }))

metricsContract('MemoryMetrics', () => {
  const metrics = new MemoryMetrics()
  return { metrics, handedOn: () => metrics.flushed }
})

import { createBatchHandler } from 'sluice/aws'
import flights from '../flights.ts'

export const handler = createBatchHandler(flights)

import { createHttpHandler } from 'sluice/aws'
import flights from '../flights.ts'

export const handler = createHttpHandler(flights)

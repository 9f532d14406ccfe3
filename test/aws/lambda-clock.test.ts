import { lambdaClock } from '../../src/aws/lambda-clock.ts'
import { clockContract } from '../contracts/clock.contract.ts'

clockContract('lambdaClock', () => ({ clock: lambdaClock }))

/** Swaps heads up in a directory, and prints a `Climbed` as JSON for each swap that was no conflict. */
import { FileHeadRegister } from '../../../src/local/stores/file-head-register.ts'
import { climb } from '../../contracts/head-register.contract.ts'

const [directory = '', name = '', swaps = '0'] = process.argv.slice(2)
const onSwap = (climbed: unknown) => process.stdout.write(`${JSON.stringify(climbed)}\n`)
await climb(new FileHeadRegister(directory), { app: 'app', name, swaps: Number(swaps), onSwap })

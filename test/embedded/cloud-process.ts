/** A process of its own around an embedded cloud, to be killed: prints the endpoints as one line of JSON and serves on. */
import { startEmbeddedCloud } from '../../src/embedded/index.ts'

const [directory = ''] = process.argv.slice(2)
const { endpoints } = await startEmbeddedCloud({ directory })
process.stdout.write(`${JSON.stringify(endpoints)}\n`)

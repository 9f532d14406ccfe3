import { fileURLToPath } from 'node:url'
import { runCommand } from './command.ts'

/** Of the repository, and ignored by git. */
const directory = fileURLToPath(new URL('../../.sluice', import.meta.url))

process.exitCode = await runCommand(process.argv.slice(2), { directory })

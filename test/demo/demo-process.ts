/** The demonstration in a process of its own, to be stopped and killed: `demo-process.ts SETTING [OPTION…]`, SETTING in JSON. */
import { runCommand } from '../../functions/demo/command.ts'

const [setting = '', ...args] = process.argv.slice(2)
process.exitCode = await runCommand(args, JSON.parse(setting))

/**
 * What Lambda's Node runtime does around a handler, for `node_executor.py`: loads it once, then answers one line of JSON per
 * invocation. Plain JavaScript, as it runs in a bare process of the functions' Node version.
 */
import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const socket = new Socket({ fd: Number(process.argv[2]) })
const loaded = await load().catch((error) => ({ error }))
socket.write('ready\n')

for await (const line of createInterface({ input: socket })) {
  const { id, arn, deadlineMs, event } = JSON.parse(line)
  socket.write(`${JSON.stringify(await answer(event, context(id, arn, deadlineMs)))}\n`)
}
process.exit(0)

async function load() {
  const [module, name] = process.env._HANDLER.split(/\.(?=[^.]+$)/)
  const base = resolve(process.env.LAMBDA_TASK_ROOT, module)
  const file = ['.mjs', '.js', '.cjs'].map((extension) => base + extension).find((candidate) => existsSync(candidate))
  if (!file) throw named('Runtime.ImportModuleError', `Cannot find module '${module}'`)
  const handler = (await import(pathToFileURL(file).href))[name]
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${process.env._HANDLER} is not exported`)
  return { handler }
}

async function answer(event, invocation) {
  try {
    if (loaded.error) throw loaded.error
    const result = await loaded.handler(JSON.parse(event || 'null'), invocation)
    return { failed: false, body: JSON.stringify(result ?? null) }
  } catch (error) {
    console.error(error)
    const trace = String(error?.stack ?? '').split('\n')
    const body = { errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error), trace }
    return { failed: true, body: JSON.stringify(body) }
  }
}

function context(awsRequestId, invokedFunctionArn, deadlineMs) {
  const { env } = process
  return {
    awsRequestId,
    invokedFunctionArn,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  }
}

function named(name, message) {
  return Object.assign(new Error(message), { name })
}

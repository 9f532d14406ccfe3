import { messageOf, SluiceError } from '../util/errors.ts'
import { parseS3Url } from './s3-place.ts'

/** Where an application keeps its checkpoint and head, and its parameters. */
export interface Deployment {
  /** `s3://bucket` or `s3://bucket/prefix`; by default SLUICE_CHECKPOINT. */
  readonly checkpoint?: string
  /** The DynamoDB table of the heads; by default SLUICE_TABLE. */
  readonly table?: string
  /** The application's parameters; by default SLUICE_PARAMS, as JSON, or none. */
  readonly params?: unknown
}

export interface Settings {
  readonly checkpoint: string
  readonly table: string
  readonly params: unknown
  /** Of this process; plans are sized by it. */
  readonly memoryBytes: number
  /** What else looks for its settings there: endpoints, region. */
  readonly variables: Variables
}

type Variables = Readonly<Record<string, string | undefined>>

/** Where nothing says how much memory there is. */
const DEFAULT_MEMORY_MIB = 1024

/**
 * What the options leave open comes from the environment, which is read here and nowhere else. Everything that is missing
 * or malformed is told at once, with code `bad-configuration` (kind `invalid`).
 */
export function readSettings(options: Deployment, variables: Variables = process.env): Settings {
  const checkpoint = options.checkpoint ?? variables.SLUICE_CHECKPOINT ?? ''
  const table = options.table ?? variables.SLUICE_TABLE ?? ''
  const params = paramsOf(options.params, variables.SLUICE_PARAMS)
  const problems = [checkpointProblem(checkpoint), tableProblem(table), params.problem].filter(
    (text) => text !== undefined,
  )
  if (problems.length > 0) throw badConfiguration(problems)
  const memoryMib = Number(variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) || DEFAULT_MEMORY_MIB
  return { checkpoint, table, params: params.value, memoryBytes: memoryMib * 1024 ** 2, variables }
}

/** The bearer token of the HTTP handler, if there is one. */
export function readToken(option: string | undefined, variables: Variables = process.env): string | undefined {
  return option ?? variables.SLUICE_TOKEN
}

const TABLE = /^[A-Za-z0-9_.-]{3,255}$|^arn:aws[\w-]*:dynamodb:[^:]*:\d*:table\/[A-Za-z0-9_.-]{3,255}$/

function checkpointProblem(url: string): string | undefined {
  if (url === '') return 'SLUICE_CHECKPOINT is not set; it says where state is kept, as s3://bucket/prefix'
  try {
    parseS3Url(url)
    return undefined
  } catch {
    return `SLUICE_CHECKPOINT must be s3://bucket/prefix, not '${url}'`
  }
}

function tableProblem(table: string): string | undefined {
  if (table === '') return 'SLUICE_TABLE is not set; it names the DynamoDB table of the heads'
  return TABLE.test(table) ? undefined : `SLUICE_TABLE must be the name of a DynamoDB table, not '${table}'`
}

function paramsOf(
  option: unknown,
  variable: string | undefined,
): { readonly value: unknown; readonly problem?: string } {
  if (option !== undefined) return { value: option }
  if (variable === undefined || variable.trim() === '') return { value: {} }
  try {
    return { value: JSON.parse(variable) }
  } catch (error) {
    return { value: undefined, problem: `SLUICE_PARAMS must be JSON: ${messageOf(error)}` }
  }
}

function badConfiguration(problems: readonly string[]): SluiceError {
  return new SluiceError({
    code: 'bad-configuration',
    kind: 'invalid',
    message: `The function is not configured; correct its environment or the handler's options: ${problems.join('; ')}`,
  })
}

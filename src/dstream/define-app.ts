import type { StandardSchemaV1 } from '@standard-schema/spec'
import { configuredParallelism, type Settings, SparkConf } from '../rdd/spark-conf.ts'
import { SparkContext } from '../rdd/spark-context.ts'
import type { SparkContextOptions } from '../rdd/spark-context-options.ts'
import { SluiceError } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { Duration } from '../util/time.ts'
import { Graph } from './graph.ts'
import { checkRetain, type RetainOptions } from './retain-options.ts'
import { StreamBuilder } from './stream-builder.ts'
import { checkUpgrade, type UpgradeOptions } from './upgrade-options.ts'

/** Settings of an application that do not change with where it runs. */
export interface ApplicationSettings {
  /** What its checkpoint, metrics and logs are filed under. */
  readonly name: string
  readonly batchInterval: Duration
  /** Partitions of keyed operators that nobody gave a number, 2 by default. Part of what stored state fits. */
  readonly defaultParallelism?: number | undefined
  /** Which committed batches stay to be replayed; by default those of the last 24 hours, at least 100, at most 1,440. */
  readonly retain?: RetainOptions | undefined
  /** What to make of stored state that the graph as it is now cannot simply go on from. */
  readonly upgrade?: UpgradeOptions | undefined
  /** Settings by their `spark.*` keys, `spark.default.parallelism` among them; what is said above counts more. */
  readonly conf?: SparkConf | Settings | undefined
}

/** An application's settings, and what checks its parameters. */
export interface ApplicationOptions<S extends StandardSchemaV1 | undefined> extends ApplicationSettings {
  /** Checks the parameters that the application is run with: any Standard Schema, synchronous. */
  readonly params?: S
}

const APPLICATION_FORM: OptionsForm<ApplicationOptions<undefined>> = {
  example: "defineApp({ name: 'word-count', batchInterval: seconds(10) }, (ssc) => { … })",
  names: {
    name: true,
    batchInterval: true,
    defaultParallelism: true,
    retain: true,
    upgrade: true,
    conf: true,
    params: true,
  },
}

/** What `build` gets: the schema's output, or whatever was given when there is no schema. */
export type ParamsOf<S> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : Readonly<Record<string, unknown>>

/** An application: data and a function that declares its graph, to be run by anything that can. */
export interface Application extends ApplicationSettings {
  readonly kind: 'sluice-application'
  readonly params?: StandardSchemaV1 | undefined
  readonly build: (ssc: StreamBuilder, params: never) => unknown
}

/**
 * Declares an application. `build` runs anew wherever the application does, so it only declares: synchronously, from
 * its arguments alone. An empty name or an interval that is not positive is refused with code `bad-application`, a setting that
 * there is none of with `bad-option`.
 *
 * @example
 * ```ts
 * import { defineApp, seconds } from 'sluice'
 *
 * export default defineApp({ name: 'word-count', batchInterval: seconds(10) }, (ssc) => {
 *   const words = ssc.textFileStream('data/in').flatMap((line) => line.split(' '))
 *   words.map((word) => [word, 1]).reduceByKey((a, b) => a + b).print()
 * })
 * ```
 */
export function defineApp<S extends StandardSchemaV1 | undefined = undefined>(
  options: ApplicationOptions<S>,
  build: (ssc: StreamBuilder, params: ParamsOf<S>) => void,
): Application {
  const { name, batchInterval } = optionObject<ApplicationOptions<S>>(options, 'defineApp', APPLICATION_FORM)
  if (typeof name !== 'string' || name === '') throw invalid('bad-application', 'An application needs a name')
  if (!(batchInterval instanceof Duration) || batchInterval.milliseconds <= 0) {
    throw invalid('bad-application', `batchInterval must be a positive Duration, as in seconds(10): ${batchInterval}`)
  }
  const conf = confOf(options)
  return {
    ...options,
    retain: checkRetain(options.retain, name),
    upgrade: checkUpgrade(options.upgrade, name),
    conf,
    defaultParallelism: options.defaultParallelism ?? configuredParallelism(conf),
    kind: 'sluice-application',
    build,
  }
}

/**
 * Whether a module's default export is an application.
 *
 * @example
 * ```ts
 * const app = defineApp({ name: 'word-count', batchInterval: seconds(10) }, () => {})
 * isApplication(app) // true
 * isApplication({ name: 'word-count' }) // false
 * ```
 */
export function isApplication(value: unknown): value is Application {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'sluice-application'
}

/** What `ssc.sparkContext` opens files and starts processes with. */
export type ContextSurroundings = Pick<SparkContextOptions, 'storage' | 'gunzip' | 'pipeThrough'>

/**
 * Runs an application's `build` with checked parameters. The graph is closed, but not validated yet.
 *
 * @throws SluiceError `bad-params` for parameters that the schema refuses, `async-build`, `async-schema`; whatever
 * `build` throws.
 * @example
 * ```ts
 * const app = defineApp({ name: 'words', batchInterval: seconds(10) }, (ssc, { in: directory }) => {
 *   ssc.textFileStream(String(directory)).print()
 * })
 * buildGraph(app, { in: 'data/in' }).inputs.map(({ descriptor }) => descriptor.kind) // ['file']
 * ```
 */
export function buildGraph(app: Application, params: unknown = {}, surroundings: ContextSurroundings = {}): Graph {
  const graph = new Graph(app.batchInterval)
  const { name, defaultParallelism } = app
  const { storage, gunzip, pipeThrough } = surroundings
  const conf = confOf(app)
  const sparkContext = new SparkContext({ appName: name, conf, defaultParallelism, storage, gunzip, pipeThrough })
  const ssc = new StreamBuilder({ graph, defaultParallelism, conf, sparkContext })
  const result = app.build(ssc, checkedParams(app, params) as never)
  if (isThenable(result)) {
    throw invalid(
      'async-build',
      `build must be synchronous: it only declares the graph. Remove async from it: ${app.name}`,
    )
  }
  graph.close()
  return graph
}

/** An application's settings in the form that reads them. */
export function confOf({ conf = {} }: Pick<ApplicationSettings, 'conf'>): SparkConf {
  return conf instanceof SparkConf ? conf : new SparkConf(conf)
}

function checkedParams({ params: schema, name }: Application, params: unknown): unknown {
  if (!schema) return params
  const result = schema['~standard'].validate(params)
  if (isThenable(result)) {
    throw invalid(
      'async-schema',
      `The schema of params must be synchronous; move asynchronous checks elsewhere: ${name}`,
    )
  }
  const checked = result as Exclude<typeof result, Promise<unknown>>
  if (!checked.issues) return checked.value
  const problems = checked.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`)
  throw invalid('bad-params', `The parameters do not fit the application ${name}: ${problems.join('; ')}`)
}

function pathText(path: StandardSchemaV1.Issue['path']): string {
  const names = path?.map((part) => String(typeof part === 'object' ? part.key : part)) ?? []
  return names.length > 0 ? names.join('.') : 'params'
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function invalid(code: string, message: string): SluiceError {
  return new SluiceError({ code, kind: 'invalid', message })
}

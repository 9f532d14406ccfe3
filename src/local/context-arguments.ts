import type { ApplicationSettings } from '../dstream/define-app.ts'
import { SparkConf } from '../rdd/spark-conf.ts'
import { SparkContext } from '../rdd/spark-context.ts'
import { SluiceError } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { Duration } from '../util/time.ts'
import { type LocalOptions, MACHINE_NAMES } from './environment.ts'
import { nodeGunzip } from './node-gunzip.ts'
import { pipeThrough } from './pipe-through.ts'
import { openLocalStorage } from './stores/storage.ts'

/** What a context runs with that Spark has no word for. */
export type StreamingContextOptions = Omit<LocalOptions, 'checkpoint'> & Pick<ApplicationSettings, 'upgrade'>

const CONTEXT_FORM: OptionsForm<StreamingContextOptions> = {
  example: "new StreamingContext('local', 'word-count', seconds(1), { log: consoleLog({ level: 'warn' }) })",
  names: { ...MACHINE_NAMES, upgrade: true },
}

type FromConf = readonly [
  from: SparkConf | SparkContext,
  batchDuration: Duration,
  options?: StreamingContextOptions | undefined,
]

type ByName = readonly [
  master: string,
  appName: string,
  batchDuration: Duration,
  options?: StreamingContextOptions | undefined,
]

/** From settings or a `SparkContext`, or by name. */
export type ContextArguments = FromConf | ByName

/** What a context is made from, whichever form of its arguments was given. */
export interface ContextParts {
  readonly conf: SparkConf
  readonly sparkContext: SparkContext
  readonly batchDuration: Duration
  readonly options: StreamingContextOptions
}

export function contextParts(args: ContextArguments): ContextParts {
  if (isByName(args)) {
    const [master, appName, batchDuration, options = {}] = args
    return fromConf(new SparkConf().setMaster(master).setAppName(appName), batchDuration, options)
  }
  const [from, batchDuration, options = {}] = args
  if (from instanceof SparkConf) return fromConf(from.clone(), batchDuration, options)
  if (from instanceof SparkContext) {
    const conf = from.getConf()
    return { conf, sparkContext: from, batchDuration: positive(batchDuration), options: checked(options) }
  }
  throw badContext('A StreamingContext is made from a SparkConf, a SparkContext, or a master and a name')
}

function isByName(args: ContextArguments): args is ByName {
  return typeof args[0] === 'string'
}

function fromConf(conf: SparkConf, batchDuration: Duration, given: StreamingContextOptions): ContextParts {
  const options = checked(given)
  const storage = options.storage ?? openLocalStorage()
  const sparkContext = new SparkContext({ conf, storage, gunzip: nodeGunzip, pipeThrough })
  return { conf, sparkContext, batchDuration: positive(batchDuration), options }
}

function checked(options: StreamingContextOptions): StreamingContextOptions {
  return optionObject(options, 'A StreamingContext', CONTEXT_FORM)
}

function positive(batchDuration: unknown): Duration {
  if (batchDuration instanceof Duration && batchDuration.milliseconds > 0) return batchDuration
  throw badContext(`A batch duration is a positive Duration, as in seconds(1): ${String(batchDuration)}`)
}

function badContext(message: string): SluiceError {
  return new SluiceError({ code: 'bad-context', kind: 'invalid', message })
}

import { checkAppId } from '../checkpoint/names.ts'
import { Graph } from '../dstream/graph.ts'
import { StreamBuilder } from '../dstream/stream-builder.ts'
import { checkUpgrade } from '../dstream/upgrade-options.ts'
import { streamingProperties } from '../rdd/local-properties.ts'
import type { SparkConf } from '../rdd/spark-conf.ts'
import type { SparkContext } from '../rdd/spark-context.ts'
import { type Environment, runtimeOf } from '../scheduler/create-runtime.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import type { Duration } from '../util/time.ts'
import { BatchScope } from './batch-scope.ts'
import { checkpointPath, noCheckpointDirectory, readableDirectory } from './checkpoint-directory.ts'
import { type ContextArguments, contextParts, type StreamingContextOptions } from './context-arguments.ts'
import { ContextRun } from './context-run.ts'
import { localEnvironment } from './environment.ts'
import { ShutdownHook } from './shutdown-hook.ts'
import { gracefulStopTimeoutMs, type StopArguments, type StopOptions, stopping } from './stop-options.ts'
import { Termination } from './termination.ts'

/** Where a context is in its life; there is no way back. */
export type StreamingContextState = 'INITIALIZED' | 'ACTIVE' | 'STOPPED'

/** How a context is found or made. */
export interface GetOrCreateOptions {
  /** Begins anew, beside it, when the checkpoint cannot be read. */
  readonly createOnError?: boolean
}

const GET_OR_CREATE_FORM: OptionsForm<GetOrCreateOptions> = {
  example: '{ createOnError: true }',
  names: { createOnError: true },
}

type Create = () => StreamingContext | Promise<StreamingContext>
/** The one that is started, or about to be. */
let current: StreamingContext | undefined

/**
 * An application in this process, from its declaration to its end: streams are declared, then `start` runs a batch each
 * interval until `stop`. With a checkpoint directory it goes on where it was stopped or died; without one, all that it knows
 * ends with it. A batch that fails is tried again with growing pauses, and later ones wait for it; `awaitTermination` rejects.
 *
 * @example
 * ```ts
 * const conf = new SparkConf().setMaster('local[2]').setAppName('NetworkWordCount')
 * const ssc = new StreamingContext(conf, seconds(1))
 * const words = ssc.queueStream([['row row'], ['row your boat']]).flatMap((line) => line.split(' '))
 * words.map((word) => [word, 1]).reduceByKey((a, b) => a + b).print()
 *
 * ssc.getState() // 'INITIALIZED'
 * await ssc.start()
 * ssc.getState() // 'ACTIVE'
 * StreamingContext.getActive() === ssc // true
 * await ssc.awaitTerminationOrTimeout(10) // false
 * await ssc.stop({ stopGracefully: true })
 * await ssc.awaitTermination()
 * ssc.getState() // 'STOPPED'
 * ```
 */
export class StreamingContext extends StreamBuilder {
  readonly #app: string
  readonly #options: StreamingContextOptions
  readonly #termination = new Termination()
  readonly #hook = new ShutdownHook()
  readonly #batches = new BatchScope()
  #state: StreamingContextState = 'INITIALIZED'
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #run: ContextRun | undefined

  /** From settings that have `spark.app.name`, or a SparkContext, which has a name, or master and name. */
  constructor(from: SparkConf | SparkContext, batchDuration: Duration, options?: StreamingContextOptions)
  constructor(master: string, appName: string, batchDuration: Duration, options?: StreamingContextOptions)
  constructor(...args: ContextArguments) {
    const { conf, sparkContext, batchDuration, options } = contextParts(args)
    super({ graph: new Graph(batchDuration), conf, sparkContext })
    this.#app = appId(conf.get('spark.app.name'))
    this.#options = options
    const directory = conf.getOption('spark.streaming.checkpoint.directory')
    if (directory !== undefined) this.checkpoint(directory)
  }

  /**
   * The context that was declared by `create`, on what the checkpoint directory holds of it. Unlike in Spark, `create` is
   * always called, so that new code and settings take effect; what it declares finds its state and positions there.
   *
   * @throws SluiceError `checkpoint-unreadable`, unless `createOnError`: then it begins anew in a directory below.
   * @example
   * ```ts
   * const create = () => {
   *   const ssc = new StreamingContext('local', 'running-count', seconds(1))
   *   ssc.queueStream([['row', 'boat']]).count().print()
   *   return ssc
   * }
   * const ssc = await StreamingContext.getOrCreate('data/checkpoint', create)
   * ssc.checkpointDirectory // 'data/checkpoint'
   * ```
   */
  static async getOrCreate(
    checkpointDirectory: string,
    create: Create,
    options: GetOrCreateOptions = {},
  ): Promise<StreamingContext> {
    const { createOnError = false } = optionObject(options, 'StreamingContext.getOrCreate', GET_OR_CREATE_FORM)
    const context = await made(create)
    const own = context.checkpointDirectory ?? checkpointDirectory
    context.checkpoint(await readableDirectory(own, context.#app, createOnError))
    return context
  }

  /** The context that is started and not stopped, if there is one. */
  static getActive(): StreamingContext | undefined {
    return current?.getState() === 'ACTIVE' ? current : undefined
  }

  /** The active context, else what `create` makes, or `getOrCreate` does with a checkpoint directory. */
  static async getActiveOrCreate(create: Create): Promise<StreamingContext>
  static async getActiveOrCreate(
    checkpointDirectory: string,
    create: Create,
    options?: GetOrCreateOptions,
  ): Promise<StreamingContext>
  static async getActiveOrCreate(
    first: string | Create,
    create?: Create,
    options: GetOrCreateOptions = {},
  ): Promise<StreamingContext> {
    const active = StreamingContext.getActive()
    if (active !== undefined) return active
    if (typeof first === 'function') return made(first)
    return StreamingContext.getOrCreate(first, create as Create, options)
  }

  /** Where the context is in its life. */
  getState(): StreamingContextState {
    return this.#state
  }

  /**
   * Begins to run batches; resolves when it does. A second call only warns.
   *
   * @throws SluiceError `context-stopped`, `context-active` when another one is started, `no-output`,
   * `no-checkpoint-directory`; what the checkpoint is refused for. After the last three the context is stopped.
   */
  async start(): Promise<void> {
    if (this.#state === 'STOPPED') throw invalid('context-stopped', 'StreamingContext has already been stopped')
    if (this.#starting !== undefined) {
      this.#warn('StreamingContext has already been started')
      return this.#starting
    }
    if (current !== undefined) throw otherActive(current.#app)
    current = this
    this.#starting = this.#start()
    return this.#starting
  }

  /**
   * Ends the context, and by default its SparkContext; resolves when the batch under way is done. Graceful, it ends when all
   * that was received is committed. Stopping again only warns. Refused with code `stop-in-listener` where a listener calls it.
   * Where a function of a batch calls it, it resolves at once, as it would wait for itself: the context stops when that
   * batch is done, which `awaitTermination` tells.
   *
   * @example
   * ```ts
   * const ssc = new StreamingContext('local', 'words', seconds(1))
   * await ssc.stop(false)
   * ssc.sparkContext.isStopped // false
   * await ssc.stop({ stopSparkContext: true })
   * ssc.sparkContext.isStopped // true
   * ```
   */
  async stop(options?: StopOptions): Promise<void>
  async stop(stopSparkContext: boolean, stopGracefully?: boolean): Promise<void>
  async stop(...args: StopArguments): Promise<void> {
    const { stopSparkContext, stopGracefully } = stopping(args, this.conf)
    if (this.graph.listeners.delivering) throw stopInListener()
    if (this.#state === 'STOPPED') this.#warn('StreamingContext has already been stopped')
    else this.#stopping ??= this.#stop(stopGracefully)
    const stopped = Promise.resolve(this.#stopping).then(() => {
      if (stopSparkContext) this.sparkContext.stop()
    })
    if (!this.#batches.isInside) await stopped
  }

  /** Resolves when the context has stopped; rejects with the most recent failure of a batch. */
  async awaitTermination(): Promise<void> {
    await this.#termination.wait()
  }

  /** True when the context stops within `ms` milliseconds, else false; rejects as `awaitTermination` does. */
  awaitTerminationOrTimeout(ms: number): Promise<boolean> {
    return this.#termination.wait(ms)
  }

  async #start(): Promise<void> {
    try {
      const run = new ContextRun({
        environment: this.#environment(),
        runtime: (environment) => this.#runtime(environment),
        onFailure: (error) => this.#termination.failed(error),
      })
      await run.start()
      this.#run = run
      this.#state = 'ACTIVE'
      this.#hook.install(() => this.#shutDown())
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  #environment(): Environment {
    const directory = this.checkpointDirectory
    const checkpoint = directory === undefined ? {} : { checkpoint: checkpointPath(directory) }
    const around: Environment['around'] = (evaluate) => this.#batches.around(evaluate)
    const localProperties = streamingProperties(this.sparkContext.localProperties)
    const { upgrade: _, ...options } = this.#options
    return { ...localEnvironment({ ...options, ...checkpoint }), around, localProperties }
  }

  #runtime(environment: Environment) {
    this.graph.validate()
    const [first] = this.checkpointDirectory === undefined ? this.graph.needCheckpoint : []
    if (first !== undefined) throw noCheckpointDirectory(first)
    const { defaultParallelism } = this.sparkContext
    const upgrade = checkUpgrade(this.#options.upgrade, this.#app)
    return runtimeOf(this.graph, { name: this.#app, defaultParallelism, conf: this.conf, upgrade }, environment)
  }

  async #stop(gracefully: boolean): Promise<void> {
    if (this.#starting === undefined) this.#warn('StreamingContext has not been started yet')
    await this.#starting?.catch(() => {})
    try {
      if (gracefully) await this.#run?.stopGracefully(gracefulStopTimeoutMs(this.conf, this.batchInterval))
      else await this.#run?.stopAbruptly()
    } catch (error) {
      this.#warn(`The context was stopped, but not all of it ended in order: ${messageOf(error)}`)
    }
    await this.#end()
  }

  async #end(): Promise<void> {
    this.#hook.remove()
    this.graph.stop()
    await this.graph.listeners.stop()
    this.graph.slicer = undefined
    if (current === this) current = undefined
    this.#state = 'STOPPED'
    this.#termination.stopped()
  }

  async #shutDown(): Promise<void> {
    const stopGracefully = this.conf.getBoolean('spark.streaming.stopGracefullyOnShutdown')
    await this.stop({ stopSparkContext: false, stopGracefully })
  }

  #warn(message: string): void {
    const log = this.#run?.runtime.log ?? this.#options.log
    log?.warn('streaming-context', { app: this.#app, message })
  }
}

/** Names of Spark's programs have blanks, which names of objects must not. */
function appId(name: string): string {
  return checkAppId(
    name
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 128),
  )
}

/** What a user's function made, which is easily left without its `return`. */
async function made(create: Create): Promise<StreamingContext> {
  if (typeof create !== 'function') throw invalid('no-create', 'A context is created by a function; give one that does')
  const context: unknown = await create()
  if (context instanceof StreamingContext) return context
  throw invalid('no-create', `The function must return the StreamingContext that it creates: ${context}`)
}

function otherActive(app: string): SluiceError {
  return invalid(
    'context-active',
    `Only one StreamingContext may be started in this process; stop the other StreamingContext first: ${app}`,
  )
}

function stopInListener(): SluiceError {
  return invalid('stop-in-listener', 'Cannot stop StreamingContext within listener bus thread')
}

function invalid(code: string, message: string): SluiceError {
  return new SluiceError({ code, kind: 'invalid', message })
}

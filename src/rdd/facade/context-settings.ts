import { LocalProperties, type Properties } from '../local-properties.ts'
import type { SparkConf } from '../spark-conf.ts'
import type { SparkContextOptions } from '../spark-context-options.ts'

/** What a context was told of itself and of its jobs. The sections stand in files of their own; `SparkContext` is the last of them. */
export abstract class ContextSettings {
  readonly appName: string
  readonly #conf: SparkConf
  readonly #properties: LocalProperties
  #checkpointDir: string | undefined

  constructor(conf: SparkConf, { appName, localProperties }: SparkContextOptions) {
    this.appName = appName ?? conf.get('spark.app.name', 'sluice')
    this.#conf = conf
    this.#properties = new LocalProperties(localProperties)
  }

  /** A copy of the settings; to change it changes nothing here. */
  getConf(): SparkConf {
    return this.#conf.clone().setIfMissing('spark.app.name', this.appName)
  }

  /** What the application is filed under everywhere: its name. */
  get applicationId(): string {
    return this.appName
  }

  /** What the settings say of it, `local` by default; everything runs in this process. */
  get master(): string {
    return this.#conf.get('spark.master', 'local')
  }

  /** Always: there is no cluster. */
  get isLocal(): boolean {
    return true
  }

  /** Says something of the jobs to come, for whoever asks by `getLocalProperty`; null takes it back. */
  setLocalProperty(key: string, value: string | null): void {
    this.#properties.set(key, value)
  }

  /** What was said of jobs, by `setLocalProperty` and its like; `undefined` if nothing. */
  getLocalProperty(key: string): string | undefined {
    return this.#properties.get(key)
  }

  /** Says what the jobs to come do; null takes it back. */
  setJobDescription(description: string | null): void {
    this.#properties.describe(description)
  }

  /** Names the jobs to come. There is nothing to cancel them by: a job ends with the signal of its context. */
  setJobGroup(groupId: string, description: string, interruptOnCancel = false): void {
    this.#properties.group(groupId, description, interruptOnCancel)
  }

  /** Takes group and description back. */
  clearJobGroup(): void {
    this.#properties.ungroup()
  }

  /** All that was said of jobs. */
  get localProperties(): Properties {
    return this.#properties.all()
  }

  /** Accepted, as programs for Spark call it: datasets are kept in memory, and `rdd.checkpoint()` needs no directory. */
  setCheckpointDir(directory: string): void {
    this.#checkpointDir = directory
  }

  /** What `setCheckpointDir` was told. */
  getCheckpointDir(): string | undefined {
    return this.#checkpointDir
  }
}

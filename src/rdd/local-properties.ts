/** Properties that describe what jobs are for, by their `spark.*` keys or names of one's own. */
export type Properties = Readonly<Record<string, string>>

const GROUP = 'spark.jobGroup.id'
const DESCRIPTION = 'spark.job.description'
const INTERRUPT = 'spark.job.interruptOnCancel'

/** What a context's jobs are known by. */
export class LocalProperties {
  readonly #values: Map<string, string>

  constructor(values: Properties = {}) {
    this.#values = new Map(Object.entries(values))
  }

  get(key: string): string | undefined {
    return this.#values.get(key)
  }

  /** null and `undefined` take a property away. */
  set(key: string, value: string | null | undefined): void {
    if (value === null || value === undefined) this.#values.delete(key)
    else this.#values.set(key, value)
  }

  describe(description: string | null | undefined): void {
    this.set(DESCRIPTION, description)
  }

  group(id: string, description: string, interruptOnCancel: boolean): void {
    this.set(GROUP, id)
    this.set(DESCRIPTION, description)
    this.set(INTERRUPT, String(interruptOnCancel))
  }

  ungroup(): void {
    for (const key of [GROUP, DESCRIPTION, INTERRUPT]) this.#values.delete(key)
  }

  all(): Properties {
    return Object.fromEntries(this.#values)
  }
}

/** What streaming jobs take over of the properties that a context has when it starts: Spark clears the group. */
export function streamingProperties(atStart: Properties): Properties {
  const properties = new LocalProperties(atStart)
  properties.ungroup()
  properties.set(INTERRUPT, 'false')
  return properties.all()
}

/** Where numbers about batches go. Called a few times a batch; must not throw and must not block. */
export interface Metrics {
  /** One measurement. `dimensions` are few and of few values (application, output, stream). */
  record(name: string, value: number, unit: MetricUnit, dimensions?: Readonly<Record<string, string>>): void
  /** Hands on what has been recorded; called after each batch, awaited before an invocation ends. */
  flush(): Promise<void>
}

/** Units, as CloudWatch names them. */
export type MetricUnit = 'Count' | 'Milliseconds' | 'Bytes' | 'None'

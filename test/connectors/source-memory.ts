import type { PlanLimits, SourcePlan } from '../../src/checkpoint/plan.ts'
import type { Json } from '../../src/checkpoint/stored.ts'
import type { PlanRequest, Source, SourceMemory } from '../../src/ports/source.ts'

class FakeMemory implements SourceMemory {
  readonly keys = new Set<string>()
  has(key: string): boolean {
    return this.keys.has(key)
  }
  add(key: string): void {
    this.keys.add(key)
  }
  get size(): number {
    return this.keys.size
  }
}

/** Plans and commits batches of one source, as a scheduler would: what is kept between them goes through JSON. */
export class FakeCommits {
  readonly memory = new FakeMemory()
  position: Json | undefined
  batchTime = 0

  request(limits: Partial<PlanLimits> = {}, signal = new AbortController().signal): PlanRequest {
    this.batchTime += 1000
    return {
      batchTime: this.batchTime,
      position: this.position,
      limits: { maxRecords: 1e6, maxBytes: 1e9, maxFiles: 1e6, readMs: 1e9, ...limits },
      memory: this.memory,
      signal,
    }
  }
  async plan(source: Source, limits: Partial<PlanLimits> = {}): Promise<SourcePlan> {
    return JSON.parse(JSON.stringify(await source.plan(this.request(limits)))) as SourcePlan
  }
  commit(source: Source, plan: SourcePlan): void {
    source.remember?.(plan, this.memory)
    source.release?.(this.batchTime)
    this.position = plan.next
  }
  /** One whole batch; its elements by partition. */
  async batch(source: Source, limits: Partial<PlanLimits> = {}): Promise<unknown[][]> {
    const plan = await this.plan(source, limits)
    const partitions = await readAll(source, plan)
    this.commit(source, plan)
    return partitions
  }
}

export async function readAll(source: Source, plan: SourcePlan): Promise<unknown[][]> {
  const partitions: unknown[][] = []
  for (const range of plan.ranges) {
    const elements: unknown[] = []
    for await (const chunk of source.read(range, new AbortController().signal)) {
      for (const element of chunk) elements.push(element)
    }
    partitions.push(elements)
  }
  return partitions
}

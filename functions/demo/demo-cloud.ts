import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Clients } from 'sluice/aws'
import { type EmbeddedCloud, startEmbeddedCloud } from 'sluice/embedded'
import { ownDirectory } from '../../src/embedded/directory-owner.ts'
import { DemoClock } from './demo-clock.ts'

export interface DemoCloudOptions {
  readonly directory: string
  /** Forgets what is there. */
  readonly fresh: boolean
  readonly batchIntervalMs: number
  readonly clockRate: number
}

/** The embedded cloud, its time, and the clients of whoever is not the application. */
export interface DemoCloud {
  readonly clock: DemoClock
  readonly cloud: EmbeddedCloud
  readonly clients: Clients
  close(): Promise<void>
}

/** Opens the cloud that is kept in a directory. Nobody else may have it open, and least of all when it is emptied. */
export async function openDemoCloud({ directory, fresh, ...time }: DemoCloudOptions): Promise<DemoCloud> {
  const owner = await ownDirectory(directory)
  try {
    if (fresh) await empty(directory)
    // A new cloud's time begins with a batch interval, so that the first batch has as much data as any other.
    const startMs = Date.now() - (Date.now() % time.batchIntervalMs)
    const clock = new DemoClock({ directory, startMs, rate: time.clockRate })
    const cloud = await startEmbeddedCloud({ directory: join(directory, 'cloud'), now: () => clock.now() })
    const clients = new Clients({ endpoints: cloud.endpoints, environment: {} })
    const close = async () => {
      clients.destroy()
      await cloud.close()
      clock.stop()
      await owner.release()
    }
    return { clock, cloud, clients, close }
  } catch (error) {
    await owner.release()
    throw error
  }
}

async function empty(directory: string): Promise<void> {
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true, force: true })
}

import { pathToFileURL } from 'node:url'
import type { Application } from '../dstream/define-app.ts'
import { buildGraph } from '../dstream/define-app.ts'
import { type LocalOptions, localEnvironment } from '../local/environment.ts'
import { localSchemes } from '../local/stores/storage.ts'
import { SystemClock } from '../local/system-clock.ts'
import type { Environment } from '../scheduler/create-runtime.ts'
import { byScheme } from '../util/by-scheme.ts'
import { refuseUnknownSettings } from './known-settings.ts'

/** Where an application and its checkpoint live. */
export interface Place {
  /** The absolute path of a directory. */
  readonly checkpoint?: string
  /** Of an emulator that stands in for AWS. */
  readonly endpoint?: string
}

/**
 * This machine for one application; with the cloud behind it if the application names an `s3://` place or a Kinesis stream.
 * The cloud's clients take a while to load, so nobody else pays for them.
 */
export async function environmentFor(
  app: Application,
  params: Readonly<Record<string, string>>,
  { checkpoint, endpoint, ...options }: Place & Omit<LocalOptions, 'checkpoint'>,
): Promise<Environment> {
  refuseUnknownSettings(app, params)
  const place = checkpoint === undefined ? {} : { checkpoint: pathToFileURL(checkpoint).href }
  if (!namesTheCloud(app, params)) return localEnvironment({ ...options, ...place })
  const { connectCloud } = await import('../aws/connections.ts')
  const clock = new SystemClock()
  const { schemes, kinesis } = connectCloud({ clock, ...(endpoint === undefined ? {} : { endpoint }) })
  const storage = byScheme({ ...localSchemes({ clock }), ...schemes })
  return localEnvironment({ ...options, ...place, storage, kinesis })
}

function namesTheCloud(app: Application, params: Readonly<Record<string, string>>): boolean {
  const { inputs, outputs } = buildGraph(app, params)
  const places = [...inputs.map(({ descriptor }) => descriptor), ...outputs.map(({ node }) => node.sink)]
  return places.some((place) => place?.kind === 'kinesis' || Object.values(place?.options ?? {}).some(isCloudUrl))
}

function isCloudUrl(value: unknown): boolean {
  return typeof value === 'string' && /^s3:\/\//i.test(value)
}

import { openers } from '../../../src/connectors/openers.ts'
import { openReceiverSource } from '../../../src/connectors/receiver/receiver-source.ts'
import type { Log } from '../../../src/ports/log.ts'
import type { Metrics } from '../../../src/ports/metrics.ts'
import type { Environment } from '../../../src/scheduler/create-runtime.ts'
import { createRuntime } from '../../../src/scheduler/create-runtime.ts'
import { buildApp } from '../apps/build-app.ts'
import type { Release } from '../apps/release.ts'
import { LogSource } from './log-source.ts'
import { SimKeyedStore } from './sim-keyed-store.ts'
import { SimProcess } from './sim-process.ts'
import { SimReceiver } from './sim-receiver.ts'
import { SimRegister } from './sim-register.ts'
import { SimStore } from './sim-store.ts'
import type { SimWorld } from './sim-world.ts'
import { Wire } from './wire.ts'

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} }
const NO_METRICS: Metrics = { record() {}, async flush() {} }

/** Starts a process with the application in it, which remembers nothing. */
export function launch(world: SimWorld, id: number, release: Release): SimProcess {
  const process = new SimProcess(id, world, release)
  const wire = new Wire(process)
  const { scenario } = world
  const app = buildApp(scenario.app, scenario.intervalMs, {
    release: process.release,
    get nonce() {
      return process.nonce
    },
    receiver: () => new SimReceiver(process),
    ask: () => wire.call({ site: 'queue:ask', act: () => world.handouts.ask(), changes: true }),
    keyed: (token) => new SimKeyedStore(process, token),
    record: (token, content) => {
      const act = { token, content, rerun: process.rerun }
      return wire.call({ site: 'effect:record', act: () => world.effect(act), changes: true })
    },
  })
  const runtime = createRuntime(app, {}, environmentOf(process))
  process.runtime = runtime
  return process
}

function environmentOf(process: SimProcess): Environment {
  const { world, clock } = process
  const stores = new Map<string, SimStore>()
  const open = (url: string): SimStore => {
    const store = stores.get(url) ?? new SimStore(world.place(url), process)
    stores.set(url, store)
    return store
  }
  const { openSource, openSink } = openers({ storage: { open }, clock, write: () => {} })
  let names = 0
  return {
    clock,
    register: new SimRegister(process),
    checkpoint: new SimStore(world.checkpoint, process),
    openSource: (descriptor, uid, surroundings) => {
      const log =
        descriptor.kind === 'log' || descriptor.kind === 'tape'
          ? world.logs[Number(descriptor.options.stream)]
          : undefined
      if (descriptor.kind === 'receiver') return openReceiverSource(descriptor, uid, surroundings)
      return log === undefined ? openSource(descriptor, uid, surroundings) : new LogSource(log, process, world.scenario)
    },
    openSink,
    log: QUIET,
    metrics: NO_METRICS,
    memoryBytes: 2 ** 30,
    uniqueId: () => {
      const name = `p${process.id}-${++names}`
      world.owners.set(name, process)
      return name
    },
    leaseAbandoned: (owner) => isAbandoned(world, owner),
  }
}

/** Who is dead may be known to be; and now and then somebody is mistaken, which must never matter. */
function isAbandoned(world: SimWorld, owner: string): boolean {
  const process = world.owners.get(owner)
  const { deathIsKnown, operatorDeathIsKnown } = world.scenario
  if (process?.dead === true) return process.isOperators ? operatorDeathIsKnown : deathIsKnown
  return world.faults.happens('lease-seized', 0.3)
}

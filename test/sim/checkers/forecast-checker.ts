import { type Attempt, sameAttempt } from '../../../src/checkpoint/attempt.ts'
import type { GraphRecord } from '../../../src/checkpoint/graph-record.ts'
import type { Head } from '../../../src/checkpoint/head.ts'
import type { Plan } from '../../../src/checkpoint/plan.ts'
import type { UpgradeForecast } from '../../../src/scheduler/foresee-upgrade.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import type { Release } from '../apps/release.ts'
import { forecastText } from '../oracle/forecast.ts'
import type { SimProcess } from '../world/sim-process.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, Commit, Foreseen } from './checker.ts'

/** What was said of a version, and of what. */
interface Announced {
  readonly forecast: UpgradeForecast
  readonly base: Attempt | undefined
  /** `unknown`: another came while somebody looked. */
  readonly plan: string | undefined | 'unknown'
}

/** What is foreseen of an upgrade is what an independent evaluation says of it, and what happens when that code comes. */
export class ForecastChecker implements Checker {
  readonly #world: SimWorld
  readonly #announced = new Map<Release, Announced>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** Of a checkpoint that has gone on meanwhile nothing is known. */
  foreseen({ process: { release }, forecast, since }: Foreseen): void {
    this.#announced.delete(release)
    const { head } = this.#world
    const base = since.committed?.attempt
    if (head === undefined || !isSame(base, head.committed?.attempt)) return
    this.#requireTruth(release, forecast)
    const plan = planText(since) === planText(head) ? planText(head) : 'unknown'
    if (plan === undefined && forecast.failures.length > 0 && !this.#isDamaged)
      this.#violate('nothing is planned', forecast.failures)
    if (plan !== 'unknown' && forecast.fits) this.#requireStreams(release, head)
    this.#announced.set(release, { forecast, base, plan })
  }

  /** Before the oracle has taken it in. */
  committed({ before, manifest, process: { release } }: Commit): void {
    const announced = this.#announced.get(release)
    if (announced === undefined || !isSame(announced.base, before?.committed?.attempt)) return
    const { changes, failures, fits } = announced.forecast
    const isOfPlan = before !== undefined && planText(before) === announced.plan
    const isMistaken = failures.length > 0 ? isOfPlan && manifest.skipped === undefined && !this.#isDamaged : !fits
    if (isMistaken)
      this.#violate(`${manifest.attempt.batchTime} ms is committed`, [...forecastText(changes), ...failures])
    this.#requireParts(announced.forecast, manifest.graph)
  }

  invocationEnded(process: SimProcess, outcome: { readonly kind: string; readonly error?: unknown }): void {
    const announced = this.#announced.get(process.release)
    const { head } = this.#world
    if (outcome.kind !== 'failed' || process.isOperators || announced === undefined || head === undefined) return
    const { base, plan, forecast } = announced
    if (!isSame(base, process.begunOn) || !isSame(base, head.committed?.attempt)) return
    const codes = codesOf(outcome.error)
    const isRefused = codes.includes('graph-changed')
    const isPlanLost = codes.includes('planned-stream-missing') && planText(head) === plan
    if (forecast.fits && (isRefused || isPlanLost)) this.#violate(`process ${process.id}`, [String(outcome.error)])
  }

  /** A read that was damaged on its way is taken for what a first batch would find. */
  get #isDamaged(): boolean {
    return this.#world.faults.counts.has('damaged-read')
  }

  #requireTruth(release: Release, { changes, failures, fits }: UpgradeForecast): void {
    const [right, said] = [this.#world.oracle.forecast(release), forecastText(changes)]
    if (right.join('\n') !== said.join('\n'))
      this.#violate('as an independent evaluation has it', [...right, 'and not', ...said])
    const isRefused = changes.some(({ fate }) => fate === 'refused')
    if (fits === (isRefused || failures.length > 0)) this.#violate(`it fits: ${fits}`, [...said, ...failures])
  }

  /** Code that is said to fit has every stream of which data is planned. */
  #requireStreams(release: Release, { planned }: Head): void {
    const { sources = {} } = (planned && this.#world.load<Plan>(planned.plan)) ?? {}
    const lost = Object.entries(sources).filter(([uid, cut]) => {
      const hasData = cut.ranges.length + (cut.retried?.length ?? 0) > 0
      return hasData && !release.drop.includes(uid) && !this.#world.oracle.isOwn(uid, cut, release)
    })
    const names = lost.map(([uid]) => uid)
    if (lost.length > 0) this.#violate(`${planned?.batchTime} ms is planned with data of`, names)
  }

  /** What is said to be kept, or new, is what the first batch has, and nothing else is. */
  #requireParts({ changes }: UpgradeForecast, graph: GraphRecord | undefined): void {
    const there = [
      ...(graph?.operators ?? []).map(({ uid }) => `operator ${uid}`),
      ...Object.keys(graph?.inputs ?? {}).map((uid) => `input ${uid}`),
      ...(graph?.outputs ?? []).map((uid) => `output ${uid}`),
    ].sort()
    const staying = changes.filter(({ fate }) => fate === 'kept' || fate === 'new')
    const said = staying.map(({ part, uid }) => `${part} ${uid}`).sort()
    if (there.join() !== said.join()) this.#violate('what stays', [...there, 'and not', ...said])
  }

  #violate(what: string, said: readonly string[]): void {
    this.#world.violate('forecasts-come-true', `${what}:\n${said.join('\n')}`)
  }
}

function isSame(a: Attempt | undefined, b: Attempt | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameAttempt(a, b)
}

function planText({ planned }: Pick<Head, 'planned'>): string | undefined {
  return planned && JSON.stringify(planned.plan)
}

function codesOf(error: unknown): string[] {
  const codes: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof SluiceError) codes.push(at.code)
  return codes
}

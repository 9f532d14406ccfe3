import type { VerifyReport } from '../../../src/scheduler/verify.ts'
import type { Content } from '../world/content.ts'
import type { SimWorld } from '../world/sim-world.ts'
import { changedSince, type Stock } from '../world/stock.ts'
import type { Deed } from '../world/vandal.ts'
import type { AuditedWhen, Checker } from './checker.ts'

/**
 * An audit tells of whatever somebody has done to what is stored, and changes nothing, unless it is to repair: then it makes right what it
 * promises to, and leaves the rest as it is.
 */
export class DamageChecker implements Checker {
  readonly #world: SimWorld

  constructor(world: SimWorld) {
    this.#world = world
  }

  audited(report: VerifyReport, { before, deeds, repairs = false }: AuditedWhen): void {
    if (before === undefined) return
    if (repairs && deeds !== undefined) {
      this.#requireMended(deeds)
      this.#requireElseSame(before, deeds)
    }
    if (repairs) return
    const changed = changedSince(before, this.#world)
    if (changed.length > 0) this.#world.violate('audits-change-nothing', changed.join('\n'))
    this.#requireTold(report, deeds ?? [])
  }

  /** What a collection takes is looked at by others. */
  #requireElseSame({ objects }: Stock, deeds: readonly Deed[]): void {
    for (const [place, known] of objects) {
      if (place === this.#world.checkpoint) continue
      const touched = new Set(deeds.filter((deed) => deed.place === place).map(({ key }) => key))
      for (const key of new Set([...known.keys(), ...place.objects.keys()]))
        if (!touched.has(key) && !same(place.objects.get(key)?.content, known.get(key)?.content))
          this.#world.violate('repairs-change-nothing-else', `${place.url}/${key}`)
    }
  }

  /** What the checkpoint cannot say any more of other damage, nobody can tell. */
  #requireTold({ sound, findings }: VerifyReport, deeds: readonly Deed[]): void {
    const codes = new Set(findings.map(({ code }) => code))
    const isLost = deeds.some(({ told }) => told === undefined)
    const untold = deeds.filter(({ told }) => told !== undefined && !codes.has(told))
    if (untold.length > 0 && !isLost) this.#world.violate('damage-is-told', untold.map(textOf).join('\n'))
    const isDamaged = deeds.some(({ told = '' }) => !NOTES.has(told))
    if (sound === isDamaged) this.#world.violate('damage-is-told', `sound: ${sound}\n${deeds.map(textOf).join('\n')}`)
  }

  #requireMended(deeds: readonly Deed[]): void {
    // What a checkpoint that is damaged itself has published cannot always be known.
    const isWhole = deeds.every(({ told }) => told !== undefined)
    const isIntact = isWhole && deeds.every(({ told }) => told !== 'token-ahead')
    for (const deed of deeds) {
      const { place, key, was, now, mending } = deed
      const there = place.objects.get(key)?.content
      const isMended = same(there, was)
      const isLeft = same(there, now)
      const mends = mending === 'collected' ? isIntact : mending === 'published'
      const isRight = !mends ? isLeft : isMended || (mending === 'published' && !isWhole && isLeft)
      if (!isRight) this.#world.violate('repairs-what-can-be-repaired', `${textOf(deed)}, and is ${there?.text}`)
    }
  }
}

const NOTES = new Set(['garbage', 'unknown-object'])

function same(a: Content | undefined, b: Content | undefined): boolean {
  return (
    a === b || (a !== undefined && b !== undefined && a.bytes.length === b.bytes.length && a.checksum === b.checksum)
  )
}

function textOf({ place, key, told = 'damage', mending }: Deed): string {
  return `${told} (${mending}): ${place.url}/${key}`
}

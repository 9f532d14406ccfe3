import type { Head } from '../../../src/checkpoint/head.ts'
import type { StagedOutput } from '../../../src/checkpoint/manifest.ts'
import type { Chance } from './chance.ts'
import { Content } from './content.ts'
import type { Place } from './place.ts'
import type { SimWorld } from './sim-world.ts'

/** What a repair is to make of it: readers see again what was committed; what nothing needs goes; or it stays as it is. */
export type Mending = 'published' | 'collected' | 'none'

/** What somebody has done to one object. */
export interface Deed {
  readonly place: Place
  readonly key: string
  readonly was: Content | undefined
  readonly now: Content | undefined
  /** The code of what an audit says of it; absent where that depends on what the object was. */
  readonly told?: string
  readonly mending: Mending
}

type Harm = 'outputs' | 'foreign' | 'orphans' | 'unknown' | 'tokenAhead' | 'objects' | 'stray'

/** Of worlds in which somebody does harm, how many know each kind. */
const KINDS: readonly (readonly [share: number, kind: Harm])[] = [
  [0.7, 'outputs'],
  [0.2, 'foreign'],
  [0.4, 'orphans'],
  [0.2, 'unknown'],
  [0.15, 'tokenAhead'],
  [0.4, 'objects'],
  [0.2, 'stray'],
]

/** Where no part of the product writes. */
const UNKNOWN = [
  'i000001/a-copy',
  'a-copy',
  'blocks/a-copy',
  'backup/i000001/t000000000001/b000000000000000001-01/plan',
]

/** The name of what no batch has put among outputs. */
export const STRANGE = 'strange'

/** What attempts write beside what is in the head. */
const OBJECTS = ['plan', 'manifest', 'history', 'changelog', 'snapshot/n1/00000', 'output/last/part-00000', 'from/x/0']
const ATTEMPTS = /\/i\d+\/t\d+\/b\d+-\d+\//
/** No attempt has come so far. */
const NUMBER = 77

/** Whoever changes what is stored, behind the back of everybody: what readers see, the checkpoint, or what lies beside. */
export class Vandal {
  readonly #world: SimWorld
  readonly #chance: Chance
  readonly #prefixes: readonly string[]
  readonly #deeds: Deed[] = []

  /** `prefixes`: what the directories of outputs begin with that the code of whoever audits has. */
  constructor(world: SimWorld, chance: Chance, prefixes: readonly string[]) {
    this.#world = world
    this.#prefixes = prefixes
    this.#chance = chance
  }

  /** `published`: what readers are to see of all batches that are retained. */
  harm(published: readonly StagedOutput[]): readonly Deed[] {
    for (const [share, kind] of KINDS) if (this.#chance.chance(share)) this[kind](published)
    return this.#deeds
  }

  /** Makes good what nobody can repair. */
  undo(): void {
    for (const { place, key, was, mending } of this.#deeds) if (mending === 'none') place.tamper(key, was)
  }

  /** Files of one batch: some are gone, some are others, or longer. */
  outputs(published: readonly StagedOutput[]): void {
    if (published.length === 0) return
    const place = this.#world.place(this.#chance.pick(published).destination ?? '')
    const keys = place.keys('')
    const first = this.#chance.pick(keys)
    for (const key of keys) {
      if (key !== first && this.#chance.chance(0.5)) continue
      const now = this.#harmed(place.objects.get(key)?.bytes)
      this.#do({ place, key, now, told: now === undefined ? 'output-missing' : 'output-damaged', mending: 'published' })
    }
  }

  foreign(published: readonly StagedOutput[]): void {
    if (published.length === 0) return
    const place = this.#world.place(this.#chance.pick(published).destination ?? '')
    this.#do({ place, key: STRANGE, now: TEXT, told: 'output-foreign', mending: 'none' })
  }

  /** A directory of a time that no batch has, as somebody leaves it who has copied or made one by hand. */
  stray(published: readonly StagedOutput[]): void {
    const looked = published.filter(({ destination = '' }) => this.#prefixes.some((of) => destination.startsWith(of)))
    if (looked.length === 0) return
    const { destination = '' } = this.#chance.pick(looked)
    const url = destination.replace(/\d+$/, (time) => String(Number(time) + 1))
    this.#do({ place: this.#world.place(url), key: '_SUCCESS', now: EMPTY, told: 'output-foreign', mending: 'none' })
  }

  /** Of attempts that have died. */
  orphans(): void {
    const { token } = this.#head
    if (token < 2) return
    for (let left = this.#chance.between(1, 3); left > 0; left--)
      this.#leave(this.#chance.between(1, token - 1), { told: 'garbage', mending: 'collected' })
  }

  unknown(): void {
    this.#do({
      place: this.#world.checkpoint,
      key: `simulated/${this.#chance.pick(UNKNOWN)}`,
      now: TEXT,
      told: 'unknown-object',
      mending: 'none',
    })
  }

  tokenAhead(): void {
    this.#leave(this.#head.token + 1_000, { told: 'token-ahead', mending: 'none' })
  }

  /** What the checkpoint names: not seldom what published files would be put right from. */
  objects(): void {
    const place = this.#world.checkpoint
    const keys = place.keys('').filter((key) => ATTEMPTS.test(key) && !this.#deeds.some((deed) => deed.key === key))
    if (keys.length === 0) return
    const staged = this.#deeds.some(({ mending }) => mending === 'published') ? keys.filter(isStaged) : []
    const key = this.#chance.pick(staged.length > 0 && this.#chance.chance(0.5) ? staged : keys)
    this.#do({ place, key, now: this.#harmed(place.objects.get(key)?.bytes), mending: 'none' })
  }

  get #head(): Pick<Head, 'token' | 'incarnation'> {
    return this.#world.head ?? { token: 0 as Head['token'], incarnation: 1 }
  }

  #leave(token: number, what: Pick<Deed, 'told' | 'mending'>): void {
    const digits = (count: number, value: number): string => String(value).padStart(count, '0')
    const attempt = `i${digits(6, this.#head.incarnation)}/t${digits(12, token)}/b${digits(18, this.#world.zeroTime)}-${NUMBER}`
    const place = this.#world.checkpoint
    this.#do({ place, key: `simulated/${attempt}/${this.#chance.pick(OBJECTS)}`, now: TEXT, ...what })
  }

  #harmed(bytes: Uint8Array = TEXT.bytes): Content | undefined {
    if (this.#chance.chance(0.4)) return undefined
    if (bytes.length === 0 || this.#chance.chance(0.4)) return TEXT
    const copy = Uint8Array.from(bytes)
    const at = this.#chance.nextInt(copy.length)
    copy[at] = (copy[at] ?? 0) ^ 1
    return new Content(copy)
  }

  #do(deed: Omit<Deed, 'was'>): void {
    const { place, key, now } = deed
    if (this.#deeds.some((done) => done.place === place && done.key === key)) return
    this.#deeds.push({ ...deed, was: place.objects.get(key)?.content })
    place.tamper(key, now)
  }
}

function isStaged(key: string): boolean {
  return key.includes('/output/')
}

const EMPTY = new Content(new Uint8Array(0))
const TEXT = new Content(new TextEncoder().encode('something else, and longer than most of what lies here\n'))

import { type AppSpec, isOutside } from '../apps/app-spec.ts'
import { type Draws, firstRelease, misfit, nextRelease, type Release, reconciled, withSlide } from '../apps/release.ts'
import { Chance } from './chance.ts'

/** Of the next versions, those in which a window has another slide, if there is one that may. */
const SLIDES = 0.5

/**
 * Which version of the application's code processes are launched with. Versions follow one another; now and then somebody goes
 * back, or deploys a mistake. Processes that are warm stay what they were, and take turns with the new ones.
 */
export class Deployments {
  readonly #app: AppSpec
  readonly #draws: Draws
  readonly #slides: Chance
  readonly #right: Release[]
  readonly #all: Release[]
  #current: Release
  #drafted = false
  /** Which versions drafts were made from. */
  readonly #bases = new WeakMap<Release, Release>()

  constructor(app: AppSpec, seed: number) {
    this.#app = app
    this.#draws = { chance: new Chance(seed, 7), more: new Chance(seed, 8), kinds: new Chance(seed, 21) }
    this.#slides = new Chance(seed, 22)
    this.#current = firstRelease(app)
    this.#right = [this.#current]
    this.#all = [this.#current]
  }

  get current(): Release {
    return this.#current
  }

  /** Whether any process ever had another version than the first. */
  get happened(): boolean {
    return this.#all.length > 1 || this.#drafted
  }

  /** How many kinds of bad records the newest version has learnt to take. */
  get mends(): number {
    return Math.max(...this.#all.map(({ mends }) => mends))
  }

  deploy(): void {
    const { chance } = this.#draws
    const draw = chance.next()
    const newest = this.#newest
    if (draw < 0.15) this.#set(misfit(this.#app, newest, this.#draws))
    else if (draw < 0.3) this.#set(chance.pick(this.#right))
    else {
      const next = this.#next(this.#draws)
      this.#right.push(next)
      this.#set(next)
    }
  }

  /** What might come next, for whoever tries it out before. */
  draft(chance: Chance): Release {
    return this.#drafts(this.#next({ ...this.#draws, chance, more: chance }))
  }

  /** What nobody deploys, as its functions would act on the world outside with other values. */
  otherwise(chance: Chance): Release {
    const { outputs } = this.#newest
    const inside = { ...this.#app, outputs: this.#app.outputs.filter((output) => !isOutside(output)) }
    const next = nextRelease(inside, this.#newest, { chance, more: chance, kinds: chance })
    return this.#drafts({ ...next, outputs, factor: chance.between(2, 4) })
  }

  /** A mistake that might come next. */
  mistake(chance: Chance): Release {
    return this.#drafts(misfit(this.#app, this.#newest, { ...this.#draws, chance, more: chance }))
  }

  /** Deploys a draft, unless another version has come meanwhile: each knows the names of those before it. */
  adopt(draft: Release, { isRight }: { readonly isRight: boolean }): boolean {
    if (this.#bases.get(draft) !== this.#newest) return false
    if (isRight) this.#right.push(draft)
    this.#set(draft)
    return true
  }

  /** The last word: a version that goes on from whatever was committed. */
  settle(): void {
    if (this.#all.length > 1) this.#set(reconciled(this.#newest, this.#all))
  }

  #next(draws: Draws): Release {
    const next = nextRelease(this.#app, this.#newest, draws)
    return this.#slides.chance(SLIDES) ? withSlide(this.#app, next, this.#slides) : next
  }

  #drafts(draft: Release): Release {
    this.#drafted = true
    this.#bases.set(draft, this.#newest)
    return draft
  }

  get #newest(): Release {
    return this.#right.at(-1) ?? this.#current
  }

  #set(release: Release): void {
    this.#current = release
    this.#all.push(release)
  }
}

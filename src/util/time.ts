import { SluiceError } from './errors.ts'

function wholeMilliseconds(ms: number, what: string): number {
  if (Number.isSafeInteger(ms)) return ms
  throw new SluiceError({
    code: 'not-whole-milliseconds',
    kind: 'invalid',
    message: `A ${what} is a whole number of milliseconds; round it first: ${ms}`,
  })
}

/**
 * A length of time in whole milliseconds, immutable (Spark's `Duration`); anything but a whole number is refused with
 * code `not-whole-milliseconds`.
 *
 * @example
 * ```ts
 * const interval = seconds(10)
 * interval.plus(seconds(5)) // seconds(15)
 * interval.minus(seconds(4)) // seconds(6)
 * interval.times(6) // minutes(1)
 * interval.div(seconds(4)) // 2.5
 * interval.min(minutes(1)) // seconds(10)
 * interval.max(minutes(1)) // minutes(1)
 *
 * interval.less(minutes(1)) // true
 * interval.lessEq(seconds(10)) // true
 * interval.greater(seconds(10)) // false
 * interval.greaterEq(seconds(10)) // true
 * interval.equals(milliseconds(10_000)) // true
 * interval.isMultipleOf(seconds(5)) // true
 * interval.isZero() // false
 *
 * interval.toString() // '10000 ms'
 * interval.valueOf() // 10_000
 * interval.toJSON() // 10_000
 * new Duration(0.5) // throws 'not-whole-milliseconds'
 * ```
 */
export class Duration {
  readonly milliseconds: number

  constructor(milliseconds: number) {
    this.milliseconds = wholeMilliseconds(milliseconds, 'Duration')
  }

  /** Both, one after the other. */
  plus(other: Duration): Duration {
    return new Duration(this.milliseconds + other.milliseconds)
  }
  /** What is left without the other; negative if that is longer. */
  minus(other: Duration): Duration {
    return new Duration(this.milliseconds - other.milliseconds)
  }
  /** This, `factor` times; refused with code `not-whole-milliseconds` if that is not whole. */
  times(factor: number): Duration {
    return new Duration(this.milliseconds * factor)
  }
  /** How many of the other this is: a real number, as in Spark. */
  div(other: Duration): number {
    return this.milliseconds / other.milliseconds
  }
  /** Whether this is shorter than the other. */
  less(other: Duration): boolean {
    return this.milliseconds < other.milliseconds
  }
  /** Whether this is shorter than the other, or equal. */
  lessEq(other: Duration): boolean {
    return this.milliseconds <= other.milliseconds
  }
  /** Whether this is longer than the other. */
  greater(other: Duration): boolean {
    return this.milliseconds > other.milliseconds
  }
  /** Whether this is longer than the other, or equal. */
  greaterEq(other: Duration): boolean {
    return this.milliseconds >= other.milliseconds
  }
  /** Whether both are the same number of milliseconds. */
  equals(other: Duration): boolean {
    return this.milliseconds === other.milliseconds
  }
  /** Whether a whole number of the other makes this. */
  isMultipleOf(other: Duration): boolean {
    return this.milliseconds % other.milliseconds === 0
  }
  /** Whether this is no time at all. */
  isZero(): boolean {
    return this.milliseconds === 0
  }
  /** The shorter of the two. */
  min(other: Duration): Duration {
    return this.less(other) ? this : other
  }
  /** The longer of the two. */
  max(other: Duration): Duration {
    return this.greater(other) ? this : other
  }
  /** In milliseconds, so that `<` and `>` compare. */
  valueOf(): number {
    return this.milliseconds
  }
  /** With its unit, as Spark writes it. */
  toString(): string {
    return `${this.milliseconds} ms`
  }
  /** In milliseconds. */
  toJSON(): number {
    return this.milliseconds
  }
}

/**
 * A point in time, in whole milliseconds since the epoch, immutable (Spark's `Time`); anything but a whole number is
 * refused with code `not-whole-milliseconds`.
 *
 * @example
 * ```ts
 * const time = new Time(2500)
 * time.plus(seconds(1)) // new Time(3500)
 * time.minus(seconds(1)) // new Time(1500)
 * time.minus(new Time(500)) // seconds(2)
 * time.floor(seconds(1)) // new Time(2000)
 * time.until(new Time(4500), seconds(1)) // [new Time(2500), new Time(3500)]
 * time.to(new Time(4500), seconds(1)) // [new Time(2500), new Time(3500), new Time(4500)]
 * time.min(new Time(1000)) // new Time(1000)
 * time.max(new Time(1000)) // new Time(2500)
 *
 * time.less(new Time(3000)) // true
 * time.lessEq(new Time(2500)) // true
 * time.greater(new Time(3000)) // false
 * time.greaterEq(new Time(2500)) // true
 * time.equals(new Time(2500)) // true
 * time.isMultipleOf(seconds(1)) // false
 *
 * time.toString() // '2500 ms'
 * time.valueOf() // 2500
 * time.toJSON() // 2500
 * new Time(0.5) // throws 'not-whole-milliseconds'
 * ```
 */
export class Time {
  readonly milliseconds: number

  constructor(milliseconds: number) {
    this.milliseconds = wholeMilliseconds(milliseconds, 'Time')
  }

  /** The time that much later. */
  plus(duration: Duration): Time {
    return new Time(this.milliseconds + duration.milliseconds)
  }
  /** The time that much earlier, or how much later this is than another time. */
  minus(other: Duration): Time
  minus(other: Time): Duration
  minus(other: Duration | Time): Time | Duration {
    const ms = this.milliseconds - other.milliseconds
    return other instanceof Time ? new Duration(ms) : new Time(ms)
  }
  /** Whether this is earlier than the other. */
  less(other: Time): boolean {
    return this.milliseconds < other.milliseconds
  }
  /** Whether this is earlier than the other, or equal. */
  lessEq(other: Time): boolean {
    return this.milliseconds <= other.milliseconds
  }
  /** Whether this is later than the other. */
  greater(other: Time): boolean {
    return this.milliseconds > other.milliseconds
  }
  /** Whether this is later than the other, or equal. */
  greaterEq(other: Time): boolean {
    return this.milliseconds >= other.milliseconds
  }
  /** Whether both are the same number of milliseconds. */
  equals(other: Time): boolean {
    return this.milliseconds === other.milliseconds
  }
  /** Whether a whole number of the duration has passed since the epoch. */
  isMultipleOf(duration: Duration): boolean {
    return this.milliseconds % duration.milliseconds === 0
  }
  /** The last multiple of `duration`, counted from `zero`, that is not after this time (truncation, as in Spark). */
  floor(duration: Duration, zero: Time = new Time(0)): Time {
    const sinceZero = this.milliseconds - zero.milliseconds
    return new Time(Math.trunc(sinceZero / duration.milliseconds) * duration.milliseconds + zero.milliseconds)
  }
  /** Times from this one to before `end`, `step` apart; a step that is not positive is refused with code `bad-step`. */
  until(end: Time, step: Duration): Time[] {
    if (step.milliseconds <= 0) throw badStep(step)
    const times: Time[] = []
    for (let ms = this.milliseconds; ms < end.milliseconds; ms += step.milliseconds) times.push(new Time(ms))
    return times
  }
  /** Times from this one to `end` inclusive, `step` apart; a step that is not positive is refused with code `bad-step`. */
  to(end: Time, step: Duration): Time[] {
    return this.until(new Time(end.milliseconds + 1), step)
  }
  /** The earlier of the two. */
  min(other: Time): Time {
    return this.less(other) ? this : other
  }
  /** The later of the two. */
  max(other: Time): Time {
    return this.greater(other) ? this : other
  }
  /** In milliseconds, so that `<` and `>` compare. */
  valueOf(): number {
    return this.milliseconds
  }
  /** With its unit, as Spark writes it. */
  toString(): string {
    return `${this.milliseconds} ms`
  }
  /** In milliseconds. */
  toJSON(): number {
    return this.milliseconds
  }
}

/** No number of such steps leads to the end. */
function badStep(step: Duration): SluiceError {
  return new SluiceError({ code: 'bad-step', kind: 'invalid', message: `The step between times is positive: ${step}` })
}

/**
 * A {@link Duration} of so many milliseconds, a whole number of them.
 *
 * @example
 * ```ts
 * milliseconds(500).milliseconds // 500
 * ```
 */
export function milliseconds(ms: number): Duration {
  return new Duration(ms)
}

/**
 * A {@link Duration} of so many seconds, to the millisecond.
 *
 * @example
 * ```ts
 * seconds(1.5).milliseconds // 1500
 * ```
 */
export function seconds(s: number): Duration {
  return new Duration(s * 1000)
}

/**
 * A {@link Duration} of so many minutes, to the millisecond.
 *
 * @example
 * ```ts
 * minutes(1).milliseconds // 60_000
 * ```
 */
export function minutes(m: number): Duration {
  return new Duration(m * 60_000)
}

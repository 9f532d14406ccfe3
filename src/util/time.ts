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
 * A length of time in whole milliseconds, immutable (Spark's `Duration`).
 *
 * @example
 * ```ts
 * seconds(10).div(seconds(4)) // 2.5
 * ```
 */
export class Duration {
  readonly milliseconds: number

  constructor(milliseconds: number) {
    this.milliseconds = wholeMilliseconds(milliseconds, 'Duration')
  }

  plus(other: Duration): Duration {
    return new Duration(this.milliseconds + other.milliseconds)
  }
  minus(other: Duration): Duration {
    return new Duration(this.milliseconds - other.milliseconds)
  }
  times(factor: number): Duration {
    return new Duration(this.milliseconds * factor)
  }
  /** A real number, as in Spark. */
  div(other: Duration): number {
    return this.milliseconds / other.milliseconds
  }
  less(other: Duration): boolean {
    return this.milliseconds < other.milliseconds
  }
  lessEq(other: Duration): boolean {
    return this.milliseconds <= other.milliseconds
  }
  greater(other: Duration): boolean {
    return this.milliseconds > other.milliseconds
  }
  greaterEq(other: Duration): boolean {
    return this.milliseconds >= other.milliseconds
  }
  equals(other: Duration): boolean {
    return this.milliseconds === other.milliseconds
  }
  isMultipleOf(other: Duration): boolean {
    return this.milliseconds % other.milliseconds === 0
  }
  isZero(): boolean {
    return this.milliseconds === 0
  }
  min(other: Duration): Duration {
    return this.less(other) ? this : other
  }
  max(other: Duration): Duration {
    return this.greater(other) ? this : other
  }
  valueOf(): number {
    return this.milliseconds
  }
  toString(): string {
    return `${this.milliseconds} ms`
  }
  toJSON(): number {
    return this.milliseconds
  }
}

/**
 * A point in time, in whole milliseconds since the epoch, immutable (Spark's `Time`).
 *
 * @example
 * ```ts
 * String(new Time(1000).plus(seconds(1))) // '2000 ms'
 * ```
 */
export class Time {
  readonly milliseconds: number

  constructor(milliseconds: number) {
    this.milliseconds = wholeMilliseconds(milliseconds, 'Time')
  }

  plus(duration: Duration): Time {
    return new Time(this.milliseconds + duration.milliseconds)
  }
  minus(other: Duration): Time
  minus(other: Time): Duration
  minus(other: Duration | Time): Time | Duration {
    const ms = this.milliseconds - other.milliseconds
    return other instanceof Time ? new Duration(ms) : new Time(ms)
  }
  less(other: Time): boolean {
    return this.milliseconds < other.milliseconds
  }
  lessEq(other: Time): boolean {
    return this.milliseconds <= other.milliseconds
  }
  greater(other: Time): boolean {
    return this.milliseconds > other.milliseconds
  }
  greaterEq(other: Time): boolean {
    return this.milliseconds >= other.milliseconds
  }
  equals(other: Time): boolean {
    return this.milliseconds === other.milliseconds
  }
  isMultipleOf(duration: Duration): boolean {
    return this.milliseconds % duration.milliseconds === 0
  }
  /** The last multiple of `duration`, counted from `zero`, that is not after this time (truncation, as in Spark). */
  floor(duration: Duration, zero: Time = new Time(0)): Time {
    const sinceZero = this.milliseconds - zero.milliseconds
    return new Time(Math.trunc(sinceZero / duration.milliseconds) * duration.milliseconds + zero.milliseconds)
  }
  /** Times from this one to before `end`, `step` apart. */
  until(end: Time, step: Duration): Time[] {
    const times: Time[] = []
    for (let ms = this.milliseconds; ms < end.milliseconds; ms += step.milliseconds) times.push(new Time(ms))
    return times
  }
  /** Times from this one to `end` inclusive, `step` apart. */
  to(end: Time, step: Duration): Time[] {
    return this.until(new Time(end.milliseconds + 1), step)
  }
  min(other: Time): Time {
    return this.less(other) ? this : other
  }
  max(other: Time): Time {
    return this.greater(other) ? this : other
  }
  valueOf(): number {
    return this.milliseconds
  }
  toString(): string {
    return `${this.milliseconds} ms`
  }
  toJSON(): number {
    return this.milliseconds
  }
}

/** `milliseconds(500)`: a {@link Duration} of half a second. */
export function milliseconds(ms: number): Duration {
  return new Duration(ms)
}

/** `seconds(10)`: a {@link Duration} of ten seconds. */
export function seconds(s: number): Duration {
  return new Duration(s * 1000)
}

/** `minutes(1)`: a {@link Duration} of one minute. */
export function minutes(m: number): Duration {
  return new Duration(m * 60_000)
}

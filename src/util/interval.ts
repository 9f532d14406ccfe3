import { SluiceError } from './errors.ts'
import type { Duration, Time } from './time.ts'

/**
 * The time from one batch time to another, both inclusive (Spark's `Interval`). Only intervals of one length compare: others
 * are refused with code `different-intervals`.
 *
 * @example
 * ```ts
 * const first = new Interval(new Time(1000), new Time(3000))
 * first.duration() // seconds(2)
 * const next = first.plus(seconds(1))
 * next.beginTime // new Time(2000)
 * next.minus(seconds(1)).endTime // new Time(3000)
 * first.less(next) // true
 * first.lessEq(next) // true
 * first.greater(next) // false
 * first.greaterEq(next) // false
 * String(first) // '[1000 ms, 3000 ms]'
 * first.less(new Interval(new Time(0), new Time(1000))) // throws 'different-intervals'
 * ```
 */
export class Interval {
  readonly beginTime: Time
  readonly endTime: Time

  constructor(beginTime: Time, endTime: Time) {
    this.beginTime = beginTime
    this.endTime = endTime
  }

  /** From the first to the last time. */
  duration(): Duration {
    return this.endTime.minus(this.beginTime)
  }
  /** The interval that much later. */
  plus(duration: Duration): Interval {
    return new Interval(this.beginTime.plus(duration), this.endTime.plus(duration))
  }
  /** The interval that much earlier. */
  minus(duration: Duration): Interval {
    return new Interval(this.beginTime.minus(duration), this.endTime.minus(duration))
  }
  /** Whether this ends earlier than the other. */
  less(other: Interval): boolean {
    this.#requireSameLength(other)
    return this.endTime.less(other.endTime)
  }
  /** Whether this ends earlier than the other, or with it. */
  lessEq(other: Interval): boolean {
    return !other.less(this)
  }
  /** Whether this ends later than the other. */
  greater(other: Interval): boolean {
    return other.less(this)
  }
  /** Whether this ends later than the other, or with it. */
  greaterEq(other: Interval): boolean {
    return !this.less(other)
  }
  /** Both ends, with their unit. */
  toString(): string {
    return `[${this.beginTime}, ${this.endTime}]`
  }

  #requireSameLength(other: Interval): void {
    if (this.duration().equals(other.duration())) return
    throw new SluiceError({
      code: 'different-intervals',
      kind: 'invalid',
      message: `Comparing two intervals with different durations is not possible: ${this} and ${other}`,
    })
  }
}

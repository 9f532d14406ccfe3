import { SluiceError } from '../../util/errors.ts'
import { Duration, type Time } from '../../util/time.ts'
import type { StreamNode } from '../stream-node.ts'

/** A window's length and how often it is looked at, both multiples of the parent's slide. */
export interface WindowDurations {
  readonly window: Duration
  readonly slide: Duration
}

/** The durations, checked; `stream` is what Spark calls this kind of stream in its messages. */
export function windowDurations(
  parent: StreamNode<unknown>,
  { window, slide = parent.slideDuration }: { readonly window: Duration; readonly slide?: Duration | undefined },
  stream: 'windowed DStream' | 'ReducedWindowedDStream',
): WindowDurations {
  for (const [what, duration] of Object.entries({ window, slide })) {
    if (!(duration instanceof Duration)) {
      throw badWindow(`The ${what} duration of ${stream} must be a Duration, as in seconds(10): ${duration}`)
    }
    if (duration.isMultipleOf(parent.slideDuration)) continue
    throw badWindow(
      `The ${what} duration of ${stream} (${duration}) must be a multiple of the slide duration of parent DStream (${parent.slideDuration})`,
    )
  }
  if (slide.milliseconds <= 0) throw badWindow(`The slide duration of ${stream} must be positive: ${slide}`)
  if (window.milliseconds < 0) throw badWindow(`The window duration of ${stream} must not be negative: ${window}`)
  return { window, slide }
}

/** The last time up to `time` at which a window with this slide is looked at; the zero time before the first. */
export function lastFiring(time: Time, zeroTime: Time, slide: Duration): Time {
  return time.floor(slide, zeroTime)
}

/** The first time from `time` on at which a window with this slide is looked at. */
export function nextFiring(time: Time, zeroTime: Time, slide: Duration): Time {
  const last = lastFiring(time, zeroTime, slide)
  return last.equals(time) ? last : last.plus(slide)
}

function badWindow(message: string): SluiceError {
  return new SluiceError({ code: 'bad-window', kind: 'invalid', message })
}

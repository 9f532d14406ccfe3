import { setMaxListeners } from 'node:events'
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler'
import type { CallBounds } from './call-time.ts'

type Handle = NodeHttpHandler['handle']

/** Sends requests as the SDK's handler does, each attempt within the bounds of the moment, unless the call brings its own. */
export class BoundedHandler extends NodeHttpHandler {
  readonly #bounds: () => CallBounds

  constructor(options: NodeHttpHandlerOptions, bounds: () => CallBounds) {
    super(options)
    this.#bounds = bounds
  }

  override handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const bounded = { ...this.#bounds(), ...options }
    const { abortSignal } = bounded
    // Each call that is under way listens to it: a hundred of them are no leak, which Node would tell of eleven.
    if (abortSignal instanceof AbortSignal) setMaxListeners(0, abortSignal)
    return super.handle(request, bounded)
  }
}

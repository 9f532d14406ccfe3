/** What is known of one receiver. */
export interface ReceiverInfo {
  readonly streamId: number
  /** Its class and stream: `SocketReceiver-0`. */
  readonly name: string
  readonly active: boolean
  readonly location: string
  readonly executorId: string
  readonly lastErrorMessage: string
  readonly lastError: string
  /** Milliseconds since the epoch; -1 before the first error. */
  readonly lastErrorTime: number
}

/** What happened to a receiver, and how it is since. */
export interface ReceiverEvent {
  readonly kind: 'started' | 'error' | 'stopped'
  readonly receiverInfo: ReceiverInfo
}

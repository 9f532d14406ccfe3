/** A refusal in the service's own words: what the client's SDK turns into its typed exception. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly status: number
  /** The service's name of the error: `NoSuchKey`, `ResourceNotFoundException`. */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The command was called wrongly; `message` is the one line that says what to write instead. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

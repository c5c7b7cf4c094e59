/** Whatever an application's code threw, as text for a log. Never throws, whatever it was. */
export function errorText(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error)
    const own = String(error.stack ?? error.message)
    return error.cause instanceof Error
      ? `${own}\n  caused by ${String(error.cause.stack ?? error.cause.message)}`
      : own
  } catch {
    return 'a value that cannot be shown as text'
  }
}

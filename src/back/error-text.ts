/** Whatever an application's code threw, as text for a log. Never throws, whatever it was. */
export function errorText(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : String(error)
  } catch {
    return 'something that cannot be shown as text'
  }
}

/**
 * A log that says nothing, for tests and for whoever wants quiet.
 */
import type { Log } from './runtime.js'

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLog,
}

/**
 * A log that says nothing, for tests and for those who want quiet.
 */
import type { AppLog } from './runtime.js'

export const silentLog: AppLog = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLog,
}

/** A log of the application's own, whose mistakes are not centrum's: what it throws is dropped. Knows nothing of what is logged. */
import type { AppLog } from './runtime.js'

export function guardLog(log: AppLog): AppLog {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): AppLog['info'] =>
    (event, fields) => {
      try {
        log[level](event, fields)
      } catch {
        // There is nowhere to say it.
      }
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with(fields) {
      try {
        return guardLog(log.with(fields))
      } catch {
        return guardLog(log)
      }
    },
  }
}

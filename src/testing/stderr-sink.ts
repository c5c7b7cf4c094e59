/** What a simulated cluster warns of, where a test takes no lines itself: as text on standard error. Knows no cluster. */
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { LogSink } from './simulated-process.js'

/** `CENTRUM_LOG` has a say as well: `error` leaves warnings out. */
export function stderrSink(): LogSink {
  const { log } = nodeRuntime({ logFormat: 'text' })
  return ({ atMs, process, level, event, fields }) => {
    if (level !== 'warn' && level !== 'error') return
    // Masters name themselves.
    const isMaster = 'back' in fields || 'front' in fields
    log[level](event, { ...fields, ...(isMaster ? {} : { process }), atMs: Math.round(atMs) })
  }
}

/** Why a client's socket must close: it was silent for too long, or has not read for too long. Pure. */
import type { Reason } from '../protocol/reasons.js'
import type { GatewayLimits } from './gateway-limits.js'

export function overdue(
  { silentMs, slowMs }: { readonly silentMs: number; readonly slowMs: number },
  { heartbeatMs, heartbeatsMissedMax, slowMsMax }: GatewayLimits,
): { readonly reason: Reason; readonly message: string } | null {
  if (silentMs > heartbeatMs * heartbeatsMissedMax)
    return { reason: 'heartbeat-lost', message: `The client sent nothing for ${Math.round(silentMs)} ms.` }
  if (slowMs <= slowMsMax) return null
  const message = `The client has not read what was sent for ${Math.round(slowMs)} ms, the limit is ${slowMsMax} (slowMsMax).`
  return { reason: 'slow', message }
}

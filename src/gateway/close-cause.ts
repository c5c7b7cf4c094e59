/** Why a client's socket closes, as sent to the client and as logged. Knows nothing of sockets. */
import { CentrumError } from '../protocol/errors.js'
import { type Reason, REASONS } from '../protocol/reasons.js'

export interface CloseCause {
  readonly reason: Reason
  readonly message: string
}

/** Ends of connections that are no fault of either side. */
const QUIET: ReadonlySet<Reason> = new Set(['unlinked', 'replaced', 'draining', 'closing', 'session-expired'])

/** Bytes of the text of a WebSocket close frame. */
const CLOSE_TEXT_BYTES_MAX = 123

/** What an error closes a socket with; null for a fault of the server, of which the client reads no more than that. */
/** Whether a refusal says something of this front, so that another one may let the client in. */
export function isOfFront(reason: Reason): boolean {
  return reason === 'draining' || reason === 'closing' || reason === 'too-many'
}

export function causeOf(error: unknown): CloseCause | null {
  // By its name: its class is none of this folder's business.
  if (error instanceof Error && error.name === 'DecodeError')
    return { reason: 'protocol-error', message: error.message }
  if (!(error instanceof CentrumError)) return null
  const { code, message } = error
  if (code === 'stopped') return { reason: 'closing', message }
  return code in REASONS ? { reason: code as Reason, message } : null
}

export function isQuiet(reason: Reason): boolean {
  return QUIET.has(reason)
}

/** As much of a text as a close frame has room for. */
export function closeText(text: string): string {
  if (Buffer.byteLength(text) <= CLOSE_TEXT_BYTES_MAX) return text
  return Buffer.from(text)
    .subarray(0, CLOSE_TEXT_BYTES_MAX)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
}

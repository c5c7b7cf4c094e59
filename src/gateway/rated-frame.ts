/** How much a client may send at once, and what happens to messages that arrive too fast (L13). Knows nothing of sockets and time. */
import type { SessionAnswer, SessionFrame } from '../relay/front-port.js'
import { CentrumError } from '../protocol/errors.js'
import { ENTRY } from '../protocol/frame-types.js'
import { makeCancelled } from '../protocol/link-frames.js'
import type { GatewayLimits } from './gateway-limits.js'
import type { Rated } from './rate-book.js'

/** What counts as a message for `messagesPerSecondMax`. */
export type RatedFrame = Extract<SessionFrame, { readonly type: 'link' | 'entry' | 'broadcast' }>

/** As what a frame counts; null for what ends things and is never held back. `front`: knows whether a link would open its channel. */
export function ratedAs(frame: RatedFrame, front: { opens(channelId: string): boolean }): Rated | null {
  if (frame.type === 'link') return front.opens(frame.request.channelId) ? 'opening' : 'message'
  if (frame.type === 'broadcast') return 'broadcast'
  const { kind } = frame.entry
  if (kind === ENTRY.take || kind === ENTRY.release) return 'steer'
  return kind === ENTRY.message || kind === ENTRY.request ? 'message' : null
}

/** Each is refused in the way in which the client learns of it: `instead` goes on to the session, `answer` to the client. */
export function refusedFor(
  frame: RatedFrame,
  limits: GatewayLimits,
  over: keyof GatewayLimits,
): { readonly instead?: SessionFrame; readonly answer?: SessionAnswer } {
  switch (frame.type) {
    case 'entry': {
      const { clientSeq } = frame.entry
      const entry = { clientSeq, kind: ENTRY.cancelled, context: null, body: cancelledFor(limits, over) }
      return { instead: { type: 'entry', link: frame.link, entry } }
    }
    case 'link': {
      const message = overRate(limits, over)
      const { link } = frame
      return { answer: { type: 'detached', link, reason: 'rate-limited', relink: false, message, details: null } }
    }
    case 'broadcast':
      // It has no number that an outcome could belong to.
      return {}
  }
}

/** Made once for each limit: those who flood are refused for less than they are served. */
const CANCELLED = new WeakMap<GatewayLimits, Map<keyof GatewayLimits, Uint8Array>>()

function cancelledFor(limits: GatewayLimits, over: keyof GatewayLimits): Uint8Array {
  const made = CANCELLED.get(limits) ?? new Map<keyof GatewayLimits, Uint8Array>()
  CANCELLED.set(limits, made)
  const body = made.get(over) ?? makeCancelled('rate-limited', `${overRate(limits, over)} Send less often.`)
  made.set(over, body)
  return body
}

/** Throws a `CentrumError` `too-large`. */
export function expectBytes(bytes: number, limits: GatewayLimits, name: 'handshakeBytesMax' | 'frameBytesMax'): void {
  if (bytes > limits[name])
    throw new CentrumError('too-large', `${bytes} bytes arrived at once, the limit is ${limits[name]} (${name}).`)
}

export function tooFast({ framesPerSecondMax }: GatewayLimits): CentrumError {
  return new CentrumError(
    'rate-limited',
    `More than ${framesPerSecondMax} frames a second arrived (framesPerSecondMax).`,
  )
}

function overRate(limits: GatewayLimits, over: keyof GatewayLimits): string {
  const what = over.startsWith('openings') ? 'channels a second would be opened' : 'messages a second arrived'
  return `More than ${limits[over]} ${what} (${over}).`
}

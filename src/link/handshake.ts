/**
 * What both sides of a handshake have in common: a stream on which one packet is awaited, for a while, and which then becomes
 * a link or is closed with a reason. Knows nothing of what makes a good greeting.
 */
import { type ControlPacket, encodeClose, encodeRefused, type Greeting } from '../protocol/master-packets.js'
import type { Log, Runtime, Timer } from '../runtime/runtime.js'
import { DecodeError } from '../value/decode-error.js'
import type { LinkLimits } from './link-limits.js'
import type { MasterIdentity, LinkRefusal } from './master-identity.js'
import { peerOf } from './master-identity.js'
import type { LinkEvents, MasterLink } from './master-link.js'
import { OpenLink } from './open-link.js'
import { blameOf, PacketStream, type PacketStreamEvents } from './packet-stream.js'
import type { Stream } from './transport.js'

export interface HandshakeOptions {
  readonly stream: Stream
  readonly identity: MasterIdentity
  readonly limits: LinkLimits
  readonly runtime: Runtime
  readonly log: Log
  /** The packet that was waited for. Nothing more is handed out until the handshake became a link. */
  readonly onPacket: (packet: ControlPacket) => void
  /** It came to nothing. Comes once, and not when it was closed by `refuse` or `abandon`. */
  readonly onFailed: (refusal: LinkRefusal) => void
}

export interface LinkOpening {
  readonly greeting: Greeting
  readonly connection: number
  readonly version: number
  readonly onLink: (link: MasterLink) => LinkEvents
  /** Called right before `onClosed`. */
  readonly onLeaving: (link: MasterLink) => void
  /** Called right after `onClosed`. */
  readonly onLeft?: (reason: LinkRefusal['reason'], message: string) => void
}

/** Listens to a link whose holder failed to. */
const NOBODY: LinkEvents = { onFrame() {}, onClosed() {} }

export class Handshake implements PacketStreamEvents {
  readonly packets: PacketStream
  readonly #options: HandshakeOptions
  readonly #limit: Timer
  #closing: Timer | null = null
  #over = false

  constructor(options: HandshakeOptions) {
    const { stream, limits, runtime } = options
    this.#options = options
    this.packets = new PacketStream(stream, this)
    this.#limit = runtime.clock.after(limits.handshakeMs, () => {
      const message = `${stream.peer} did not finish the handshake within ${limits.handshakeMs} ms`
      this.#fail({ reason: 'handshake-timeout', message })
    })
  }

  /** Whether it has become a link or has ended. */
  get over(): boolean {
    return this.#over
  }

  /** Ends without a link and says why: as REFUSED to a side that waits for WELCOME, as CLOSE to one that believes the link open. */
  refuse(refusal: LinkRefusal, as: 'refused' | 'close'): void {
    if (this.#over) return
    const { identity, limits, runtime, stream } = this.#options
    const { reason, message } = refusal
    this.#finish()
    this.packets.stop()
    this.packets.write(as === 'refused' ? encodeRefused(reason, identity.id, message) : encodeClose(reason, message))
    stream.end()
    this.#closing = runtime.clock.after(limits.closeMs, () => stream.destroy())
  }

  /** Ends without a word. */
  abandon(): void {
    if (this.#over) return
    this.#finish()
    this.packets.stop()
    this.#options.stream.destroy()
  }

  /** Becomes a link, whose holder receives the rest of the stream. */
  open(opening: LinkOpening): OpenLink {
    this.#finish()
    const { limits, runtime, log } = this.#options
    const { greeting, connection, version, onLink, onLeaving, onLeft } = opening
    const link: OpenLink = new OpenLink({
      peer: peerOf(greeting, connection, version),
      peerPacketBytesMax: greeting.packetBytesMax,
      packets: this.packets,
      limits,
      runtime,
      log,
      onLeaving: (reason, message) => {
        log.info('link.closed', { peer: greeting.id, connection, reason, message })
        onLeaving(link)
      },
      ...(onLeft && { onLeft }),
    })
    log.info('link.opened', { peer: greeting.id, incarnation: greeting.incarnation, connection, version })
    this.packets.listen(link, limits.packetBytesMax)
    link.begin(this.#holderOf(link, onLink))
    this.packets.resume()
    return link
  }

  #holderOf(link: MasterLink, onLink: LinkOpening['onLink']): LinkEvents {
    try {
      return onLink(link)
    } catch (error) {
      this.#options.log.error('link.faulted', { peer: link.peer.id, error })
      link.close('faulted', `${this.#options.identity.id} could not accept the link`)
      return NOBODY
    }
  }

  onPacket(packet: ControlPacket): void {
    this.packets.pause()
    this.#options.onPacket(packet)
  }

  onBatch(): void {
    throw new DecodeError('a batch arrived before the end of the handshake')
  }

  onFrame(): void {
    throw new DecodeError('a frame arrived before the end of the handshake')
  }

  onBroken(error: unknown): void {
    const { log, stream } = this.#options
    const refusal = blameOf(error)
    if (refusal.reason === 'faulted') log.error('link.faulted', { peer: stream.peer, error })
    this.#fail(refusal)
  }

  onDrained(): void {}

  onEnd(error: Error | null): void {
    this.#closing?.cancel()
    const how = error === null ? 'it ended without a word' : error.message
    this.#fail({
      reason: 'connection-lost',
      message: `${this.#options.stream.peer} was lost during the handshake: ${how}`,
    })
  }

  #fail(refusal: LinkRefusal): void {
    if (this.#over) return
    if (refusal.reason === 'connection-lost') this.#finish()
    else this.refuse(refusal, 'refused')
    this.#options.onFailed(refusal)
  }

  #finish(): void {
    this.#over = true
    this.#limit.cancel()
  }
}

/**
 * A link after its handshake: batches with gapless numbers, heartbeats, a bounded queue, and one end. Whatever is out of order breaks
 * this link alone. Knows nothing of dialling, admission and what frames mean.
 */
import { CentrumError } from '../protocol/errors.js'
import { type ControlPacket, encodeClose, encodePing, encodePong } from '../protocol/master-packets.js'
import type { Reason } from '../protocol/reasons.js'
import type { Log, Runtime, Timer } from '../runtime/runtime.js'
import { DecodeError } from '../value/decode-error.js'
import { Batch } from './batch.js'
import { HandedBatch } from './handed-batch.js'
import { Heartbeat } from './heartbeat.js'
import type { LinkLimits } from './link-limits.js'
import type { LinkCounts, LinkEvents, MasterLink, LinkPeer } from './master-link.js'
import { blameOf, type PacketStream, type PacketStreamEvents } from './packet-stream.js'

export interface OpenLinkOptions {
  readonly peer: LinkPeer
  /** The heaviest packet that the other side takes. */
  readonly peerPacketBytesMax: number
  readonly packets: PacketStream
  readonly limits: LinkLimits
  readonly runtime: Runtime
  readonly log: Log
  /** Called right before `onClosed` of the holder, and right after. */
  readonly onLeaving?: (reason: Reason, message: string) => void
  readonly onLeft?: (reason: Reason, message: string) => void
}

type State =
  /** Made; without a listener yet. */
  | { readonly state: 'made' }
  | { readonly state: 'open'; readonly events: LinkEvents }
  /** Closed, and not reported yet: found within `send` or `flush`, or before there was a listener. */
  | {
      readonly state: 'ending'
      readonly events: LinkEvents | null
      readonly reason: Reason
      readonly message: string
      readonly telling: Timer | null
    }
  | { readonly state: 'closed' }

export class OpenLink implements MasterLink, PacketStreamEvents {
  readonly peer: LinkPeer
  readonly #packets: PacketStream
  readonly #limits: LinkLimits
  readonly #runtime: Runtime
  readonly #log: Log
  readonly frameBytesMax: number
  readonly #batchBytesMax: number
  readonly #onLeaving: ((reason: Reason, message: string) => void) | undefined
  readonly #onLeft: ((reason: Reason, message: string) => void) | undefined
  readonly #heartbeat: Heartbeat
  /** Null where the other side takes packets only. */
  readonly #hand: PacketStream['hand']
  readonly #batch: Batch | HandedBatch
  readonly #openedAt: number
  #state: State = { state: 'made' }
  #closing: Timer | null = null
  #batchesReceived = 0
  #framesSent = 0
  #framesReceived = 0

  constructor(options: OpenLinkOptions) {
    this.peer = options.peer
    this.#packets = options.packets
    this.#hand = options.packets.hand
    this.#batch = this.#hand === null ? new Batch() : new HandedBatch()
    this.#limits = options.limits
    this.#runtime = options.runtime
    this.#log = options.log
    this.frameBytesMax = options.peerPacketBytesMax - Batch.weightOf(0)
    this.#batchBytesMax = Math.min(options.limits.batchBytesMax, options.peerPacketBytesMax)
    this.#onLeaving = options.onLeaving
    this.#onLeft = options.onLeft
    this.#openedAt = options.runtime.clock.now()
    this.#heartbeat = new Heartbeat({
      clock: options.runtime.clock,
      heartbeatMs: options.limits.heartbeatMs,
      missedMax: options.limits.heartbeatsMissedMax,
      bytesMoved: () => ({
        sent: this.#packets.bytesSent,
        received: this.#packets.bytesReceived,
        waiting: this.#packets.stream.buffered,
      }),
      sendPing: (nonce) => this.#packets.write(encodePing(nonce)),
      onLost: (message) => this.#break('heartbeat-lost', message),
    })
  }

  get open(): boolean {
    return this.#state.state === 'open' || this.#state.state === 'made'
  }

  get room(): number {
    return this.#limits.linkBusyBytesMax - this.#batch.bytes - this.#packets.stream.buffered
  }

  /** The listener from now on. Called once, by the maker of the link. */
  begin(events: LinkEvents): void {
    const state = this.#state
    switch (state.state) {
      case 'made':
        this.#state = { state: 'open', events }
        this.#heartbeat.start()
        break
      case 'ending':
        this.#state = { ...state, events }
        this.#tell()
        break
      case 'open':
      case 'closed':
        throw new Error('a link is opened only once')
    }
  }

  send(frame: Uint8Array): void {
    if (!this.open) return
    if (frame.length === 0) throw new CentrumError('invalid', 'an empty frame: a frame has at least its type byte')
    if (frame.length > this.frameBytesMax) {
      throw new CentrumError(
        'too-large',
        `a frame of ${frame.length} bytes for ${this.peer.id}, which accepts at most ${this.frameBytesMax}: ` +
          'send less at once, or raise packetBytesMax there',
      )
    }
    const batch = this.#batch
    if (batch.bytes > 0 && batch.bytes + Batch.weightOf(frame.length) > this.#batchBytesMax) {
      this.flush()
      if (!this.open) return
    }
    batch.append(frame)
    this.#framesSent++
    if (batch.bytes >= this.#batchBytesMax) this.flush()
  }

  give(frame: object): boolean {
    if (this.#state.state !== 'open' || this.#batch.bytes > 0 || !this.#packets.give(frame)) return false
    this.#framesSent++
    return true
  }

  onGiven(frame: object): boolean {
    const state = this.#state
    if (state.state !== 'open' || state.events.onGiven === undefined) return false
    this.#framesReceived++
    state.events.onGiven(frame)
    return true
  }

  flush(): void {
    if (this.#batch.bytes === 0 || !this.open) return
    // Measured before the batch goes out, so that a heavy one alone is not held against a side that takes all it is given.
    if (!this.#overflows()) this.#write()
  }

  soon(run: () => void): Timer {
    return this.#packets.stream.soon?.(run) ?? this.#runtime.clock.soon(run)
  }

  /** Breaks the link if more waits than may. */
  #overflows(): boolean {
    const queued = this.#packets.stream.buffered
    const limit = this.#limits.linkQueuedBytesMax
    if (queued <= limit) return false
    const message = `${queued} bytes wait for ${this.peer.id}, which reads too slowly: linkQueuedBytesMax is ${limit}`
    this.#log.warn('link.overflowed', { peer: this.peer.id, queued, limit })
    this.#end('overflow', message)
    this.#packets.stream.destroy()
    this.#tellSoon()
    return true
  }

  close(reason: Reason, message: string): void {
    switch (this.#state.state) {
      case 'made':
      case 'open':
        this.#write()
        this.#packets.write(encodeClose(reason, message))
        this.#end(reason, message)
        this.#endStream()
        this.#tell()
        break
      case 'ending':
        this.#tell()
        break
      case 'closed':
        break
    }
  }

  ping(limitMs: number = this.#limits.heartbeatMs): Promise<void> {
    if (!this.open) return Promise.reject(new CentrumError('connection-lost', `the link to ${this.peer.id} is closed`))
    return this.#heartbeat.ask(limitMs, this.peer.id)
  }

  inspect(): LinkCounts {
    return {
      batchesSent: this.#batch.sequence - (this.#batch.bytes > 0 ? 1 : 0),
      batchesReceived: this.#batchesReceived,
      framesSent: this.#framesSent,
      framesReceived: this.#framesReceived,
      bytesSent: this.#packets.bytesSent,
      bytesReceived: this.#packets.bytesReceived,
      bytesQueued: this.open ? this.#batch.bytes + this.#packets.stream.buffered : 0,
      heartbeatsMissed: this.#heartbeat.missed,
      rttMs: this.#heartbeat.rttMs,
      ageMs: this.#runtime.clock.now() - this.#openedAt,
    }
  }

  onPacket(packet: ControlPacket): void {
    switch (packet.type) {
      case 'ping':
        // Also of answers only so many may wait.
        if (!this.#overflows()) this.#packets.write(encodePong(packet.nonce))
        break
      case 'pong':
        this.#heartbeat.answered(packet.nonce)
        break
      case 'close':
        this.#end(packet.reason, packet.message)
        this.#endStream()
        this.#tell()
        break
      case 'challenge':
      case 'hello':
      case 'welcome':
      case 'foreign':
      case 'refused':
        throw new DecodeError(`a ${packet.type} packet after the handshake`)
    }
  }

  onBatch(sequence: number | null): void {
    const expected = this.#batchesReceived + 1
    if (sequence !== null && sequence !== expected)
      throw new DecodeError(`batch ${sequence} arrived, but ${expected} was expected`)
    this.#batchesReceived = expected
  }

  onFrame(frame: Uint8Array): void {
    if (this.#state.state !== 'open') return
    this.#framesReceived++
    this.#state.events.onFrame(frame)
  }

  onBroken(error: unknown): void {
    const { reason, message } = blameOf(error)
    if (!this.open) return
    if (reason === 'faulted') this.#log.error('link.faulted', { peer: this.peer.id, error })
    else this.#log.warn('link.protocol-violated', { peer: this.peer.id, message })
    this.close(reason, message)
  }

  onDrained(): void {
    if (this.#state.state === 'open') this.#state.events.onDrained?.()
  }

  onEnd(error: Error | null): void {
    this.#closing?.cancel()
    this.#closing = null
    if (!this.open) return
    const how = error === null ? 'it ended without a word' : error.message
    this.#end('connection-lost', `the connection to ${this.peer.id} was lost: ${how}`)
    this.#tell()
  }

  /** Ends without a word to the other side, which no longer answers. */
  #break(reason: Reason, message: string): void {
    if (!this.open) return
    this.#end(reason, message)
    this.#packets.stream.destroy()
    this.#tell()
  }

  #write(): void {
    const batch = this.#batch
    if (batch instanceof Batch) for (const part of batch.cut()) this.#packets.write(part)
    else if (batch.bytes > 0) this.#hand?.(batch.take())
  }

  #end(reason: Reason, message: string): void {
    const events = this.#state.state === 'open' ? this.#state.events : null
    this.#state = { state: 'ending', events, reason, message, telling: null }
    this.#packets.stop()
    this.#heartbeat.stop(new CentrumError('connection-lost', `the link to ${this.peer.id} ended: ${message}`))
  }

  /** Lets the last bytes out, for a while. */
  #endStream(): void {
    this.#packets.stream.end()
    this.#closing = this.#runtime.clock.after(this.#limits.closeMs, () => this.#packets.stream.destroy())
  }

  #tell(): void {
    const state = this.#state
    if (state.state !== 'ending' || state.events === null) return
    state.telling?.cancel()
    this.#state = { state: 'closed' }
    this.#onLeaving?.(state.reason, state.message)
    state.events.onClosed(state.reason, state.message)
    this.#onLeft?.(state.reason, state.message)
  }

  #tellSoon(): void {
    if (this.#state.state !== 'ending') return
    this.#state = { ...this.#state, telling: this.#runtime.clock.soon(() => this.#tell()) }
  }
}

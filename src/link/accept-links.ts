/**
 * Listens for other masters: judges who comes, lets each in once, and hands out links. Knows nothing of what links carry.
 */
import { CentrumError } from '../protocol/errors.js'
import { type ControlPacket, encodeChallenge, type Greeting, type MasterHello } from '../protocol/master-packets.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import { Handshake } from './handshake.js'
import type { LinkLimits } from './link-limits.js'
import { judgeHello, type MasterIdentity, peerOf, type LinkRefusal, masterWelcomeOf } from './master-identity.js'
import type { LinkEvents, MasterLink, LinkPeer } from './master-link.js'
import { PeerRegistry } from './peer-registry.js'
import type { Stream, StreamEvents, Transport } from './transport.js'
import { probeListener } from './probe-listener.js'

/** What a listener challenges each stream with: a proof answers one and no other. */
const NONCE_BYTES = 32

export interface AcceptOptions {
  readonly transport: Transport
  readonly address: string
  readonly identity: MasterIdentity
  readonly limits: LinkLimits
  readonly runtime: Runtime
  /** Who is linked; shared by all listeners and dials of a master. */
  readonly peers?: PeerRegistry
  /** A last word over a master that is otherwise welcome. */
  readonly admit?: (greeting: Greeting) => LinkRefusal | null
  /** A link stands. What is sent here goes out behind the handshake. */
  readonly onLink: (link: MasterLink) => LinkEvents
}

export interface LinkListener {
  /** Where it listens, with the port that it got. */
  readonly address: string
  /** Handshakes under way. */
  readonly greetings: number
  /** Stops listening and gives up handshakes. Links stay open: their holders close them. */
  close(): Promise<void>
}

/**
 * Listens. Rejects with a `CentrumError`: `address-in-use`, naming who listens there already, or `invalid-option` for an
 * address that cannot be listened on.
 */
export async function acceptLinks(options: AcceptOptions): Promise<LinkListener> {
  const acceptor = new Acceptor(options)
  const { transport, address } = options
  try {
    const listener = await transport.listen(address, (stream) => acceptor.receive(stream))
    return {
      address: listener.address,
      get greetings() {
        return acceptor.greetings
      },
      async close() {
        acceptor.shut()
        await listener.close()
      },
    }
  } catch (error) {
    if (error instanceof CentrumError && error.code === 'address-in-use') throw await inUse(options, error)
    throw error
  }
}

class Acceptor {
  readonly #options: AcceptOptions
  readonly #peers: PeerRegistry
  readonly #log: Log
  readonly #greetings = new Set<Handshake>()
  #shut = false

  constructor(options: AcceptOptions) {
    this.#options = options
    this.#peers = options.peers ?? new PeerRegistry()
    this.#log = options.runtime.log.with({ master: options.identity.id })
  }

  get greetings(): number {
    return this.#greetings.size
  }

  receive(stream: Stream): StreamEvents {
    const { identity, limits, runtime } = this.#options
    const nonce = runtime.random.bytes(NONCE_BYTES)
    const handshake: Handshake = new Handshake({
      stream,
      identity,
      limits,
      runtime,
      log: this.#log,
      onPacket: (packet) => this.#judge(handshake, packet, nonce),
      onFailed: (refusal) => {
        this.#greetings.delete(handshake)
        const fields = { from: stream.peer, ...refusal }
        // A stream that closes without a byte is a probe: it only asks whether this address listens.
        const isProbe = refusal.reason === 'connection-lost' && handshake.packets.bytesReceived === 0
        if (isProbe) this.#log.debug('link.handshake-failed', fields)
        else this.#log.warn('link.handshake-failed', fields)
      },
    })
    if (this.#shut) handshake.abandon()
    else {
      this.#makeRoom()
      this.#greetings.add(handshake)
      handshake.packets.write(encodeChallenge(nonce))
    }
    return handshake.packets
  }

  /** A silent stream must not keep others out: at the limit the oldest is closed. */
  #makeRoom(): void {
    const { greetingsMax: limit } = this.#options.limits
    if (this.#greetings.size < limit) return
    const all = [...this.#greetings]
    const oldest = all.find(({ packets }) => packets.bytesReceived === 0) ?? all[0]
    if (oldest === undefined) return
    this.#greetings.delete(oldest)
    this.#log.warn('link.handshake-refused', { from: oldest.packets.stream.peer, limit })
    oldest.abandon()
  }

  shut(): void {
    this.#shut = true
    for (const handshake of this.#greetings) handshake.abandon()
    this.#greetings.clear()
  }

  #judge(handshake: Handshake, packet: ControlPacket, nonce: Uint8Array): void {
    const { identity, limits, admit } = this.#options
    const judged = judgeHello(identity, packet, nonce)
    if ('reason' in judged) {
      this.#refuse(handshake, judged, packet)
      return
    }
    const { hello, version } = judged
    const peer = peerOf(hello.greeting, hello.greeting.connection, version)
    const refusal = this.#tooMany(peer) ?? admit?.(hello.greeting) ?? null
    if (refusal !== null) {
      this.#refuse(handshake, refusal, packet)
      return
    }
    this.#peers.settle(
      peer,
      limits.takeoverMs,
      () => this.#enter(handshake, hello, version, nonce),
      (late) => this.#refuse(handshake, late, packet),
    )
  }

  #tooMany(peer: LinkPeer): LinkRefusal | null {
    const { identity, limits } = this.#options
    if (this.#peers.size < limits.peersMax || this.#peers.has(peer)) return null
    return {
      reason: 'too-many',
      message: `${identity.id} has ${this.#peers.size} links, the limit is ${limits.peersMax} (peersMax)`,
    }
  }

  /** Null where the other side has closed meanwhile. */
  #enter(handshake: Handshake, hello: MasterHello, version: number, nonce: Uint8Array): MasterLink | null {
    if (handshake.over) return null
    this.#greetings.delete(handshake)
    const { identity, limits, onLink } = this.#options
    const { greeting } = hello
    handshake.packets.write(masterWelcomeOf(identity, hello, version, limits, nonce))
    return handshake.open({
      greeting,
      connection: greeting.connection,
      version,
      onLink,
      onLeaving: (link) => this.#peers.leave(link),
    })
  }

  #refuse(handshake: Handshake, refusal: LinkRefusal, packet: ControlPacket): void {
    this.#greetings.delete(handshake)
    if (handshake.over) return
    const asked = packet.type === 'hello' ? packet.greeting : null
    const fields = { from: handshake.packets.stream.peer, peer: asked?.id, ...refusal }
    // A probe is not worth a warning.
    if (asked?.expectedId === '') this.#log.debug('link.probed', fields)
    else this.#log.warn('link.refused', fields)
    handshake.refuse(refusal, 'refused')
  }
}

async function inUse(options: AcceptOptions, cause: CentrumError): Promise<CentrumError> {
  const { address, identity } = options
  const id = await probeListener(options)
  let message = `another process listens at ${address} and does not answer as a back of this cluster; this is ${identity.id}`
  if (id === identity.id)
    message = `another ${id} already listens at ${address}: each id may run only once, so stop one of them`
  else if (id !== null) {
    message = `${id} already listens at ${address}; this is ${identity.id}: give one of them another address`
  }
  return new CentrumError('address-in-use', message, { cause, details: { address, id } })
}

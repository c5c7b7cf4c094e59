/**
 * Asks who listens at an address: greets without expecting anybody, and reads the id from the refusal. Knows nothing of why
 * one asks.
 */
import type { Runtime } from '../runtime/runtime.js'
import { Handshake } from './handshake.js'
import type { LinkLimits } from './link-limits.js'
import { masterHelloOf, type MasterIdentity } from './master-identity.js'
import type { Transport } from './transport.js'

export interface ProbeOptions {
  readonly transport: Transport
  readonly address: string
  readonly identity: MasterIdentity
  readonly limits: LinkLimits
  readonly runtime: Runtime
}

/** The id of the master there, or null where none answers as one within `takeoverMs`. */
export function probeListener({ transport, address, identity, limits, runtime }: ProbeOptions): Promise<string | null> {
  return new Promise((resolve) => {
    const giveUp = new AbortController()
    let handshake: Handshake | null = null
    const answer = (id: string | null): void => {
      limit.cancel()
      giveUp.abort()
      handshake?.abandon()
      resolve(id)
    }
    const limit = runtime.clock.after(limits.takeoverMs, () => answer(null))
    transport
      .dial(
        address,
        (stream) => {
          handshake = new Handshake({
            stream,
            identity,
            limits,
            runtime,
            log: runtime.log,
            onPacket: (packet) => {
              if (packet.type !== 'challenge') {
                answer(packet.type === 'refused' ? packet.id : null)
                return
              }
              handshake?.packets.write(masterHelloOf(identity, '', 0, limits, packet.nonce).bytes)
              handshake?.packets.resume()
            },
            onFailed: () => answer(null),
          })
          return handshake.packets
        },
        giveUp.signal,
      )
      .catch(() => answer(null))
  })
}

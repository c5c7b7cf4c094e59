/**
 * Who a master is to other masters, and the judgement over who may link to whom: versions, the key, ids, roles, the list.
 * Pure: greetings in, a refusal or a peer out. Knows nothing of streams.
 */
import { FEATURES } from '../protocol/frame-types.js'
import {
  type ControlPacket,
  encodeHello,
  encodeWelcome,
  type Greeting,
  type MasterHello,
  type MasterRole,
  type Prove,
  type MasterWelcome,
} from '../protocol/master-packets.js'
import { hexOf } from '../protocol/hex8.js'
import type { Reason } from '../protocol/reasons.js'
import type { Random } from '../runtime/runtime.js'
import type { LinkLimits } from './link-limits.js'
import type { LinkPeer } from './master-link.js'
import { SPOKEN } from './packet-stream.js'
import { proofOf, sameProof } from './shared-secret.js'

export interface MasterIdentity {
  readonly role: MasterRole
  readonly id: string
  /** 16 hex digits, from `newIncarnation`: one run of this master. */
  readonly incarnation: string
  /** 16 hex digits over the static list; `NO_LIST` where there is none to compare. */
  readonly membershipHash: string
  /**
   * From `sharedSecretOf(key, 'proof')` of each key: with them both sides prove that they hold the cluster's key, also where nothing is
   * encrypted. The first signs, all are believed.
   */
  readonly secrets?: readonly Uint8Array[] | undefined
  /** Of a back. */
  readonly graceMs?: number
}

/** Why a master is not taken. */
export interface LinkRefusal {
  readonly reason: Reason
  readonly message: string
}

export const NO_LIST = '0000000000000000'

const NOTHING: Uint8Array = new Uint8Array(0)

export function newIncarnation(random: Random): string {
  return hexOf(random.bytes(8))
}

export function peerOf(greeting: Greeting, connection: number, version: number): LinkPeer {
  const { role, id, incarnation, graceMs } = greeting
  return { role, id, incarnation, connection, version, graceMs }
}

/** A HELLO that goes out, and what its answer is judged by. */
export interface SentHello {
  readonly bytes: Uint8Array
  readonly greeting: Greeting
  readonly proof: Uint8Array
}

/** `expectedId` is empty in a probe. `nonce`: the challenge of the other side. */
export function masterHelloOf(
  own: MasterIdentity,
  expectedId: string,
  connection: number,
  limits: LinkLimits,
  nonce: Uint8Array,
): SentHello {
  const greeting = greetingOf(own, expectedId, connection, limits)
  let proof = NOTHING
  const bytes = encodeHello(greeting, (claim) => (proof = proveWith(firstOf(own), nonce)(claim)))
  return { bytes, greeting, proof }
}

/** The answer to a HELLO that was judged well. */
export function masterWelcomeOf(
  own: MasterIdentity,
  hello: MasterHello,
  version: number,
  limits: LinkLimits,
  nonce: Uint8Array,
): Uint8Array {
  const { id, connection } = hello.greeting
  // With the key that the other side used: it may not know a newer one yet.
  const secret = secretOf(own, hello, nonce)
  return encodeWelcome(greetingOf(own, id, connection, limits), version, proveWith(secret, hello.proof))
}

function greetingOf(own: MasterIdentity, expectedId: string, connection: number, limits: LinkLimits): Greeting {
  return {
    ...SPOKEN,
    features: FEATURES,
    packetBytesMax: limits.packetBytesMax,
    role: own.role,
    id: own.id,
    expectedId,
    incarnation: own.incarnation,
    connection,
    membershipHash: own.membershipHash,
    heartbeatMs: limits.heartbeatMs,
    graceMs: own.graceMs ?? 0,
  }
}

/** A proof is bound to what the other side sent: its nonce, or its HELLO. So it answers nothing else. */
function proveWith(secret: Uint8Array | undefined, bound: Uint8Array): Prove {
  return (claim) => (secret === undefined ? NOTHING : proofOf(secret, bound, claim))
}

function firstOf({ secrets = [] }: MasterIdentity): Uint8Array | undefined {
  return secrets[0]
}

/** The one that a packet was proven with; the first where it was none. */
function secretOf(own: MasterIdentity, packet: MasterHello, bound: Uint8Array): Uint8Array | undefined {
  const { secrets = [] } = own
  return secrets.find((secret) => sameProof(packet.proof, proofOf(secret, bound, packet.claim))) ?? firstOf(own)
}

/** What the accepting side makes of a first packet: the peer and the version to speak, or why it is refused. */
export function judgeHello(
  own: MasterIdentity,
  packet: ControlPacket,
  nonce: Uint8Array,
): { readonly hello: MasterHello; readonly version: number } | LinkRefusal {
  if (packet.type === 'foreign') return versionsApart(packet, own.id, 'the other side')
  if (packet.type !== 'hello') {
    return { reason: 'protocol-error', message: `a ${packet.type} packet arrived, but a hello was expected` }
  }
  const { greeting } = packet
  // A probe is answered whatever its key.
  if (greeting.expectedId !== own.id) {
    return {
      reason: 'wrong-id',
      message: `${greeting.id} dialled '${greeting.expectedId}', but this is ${own.id}: check the addresses in the cluster's list`,
    }
  }
  const unproven = judgeProof(own, packet, proveWith(secretOf(own, packet, nonce), nonce)(packet.claim))
  if (unproven !== null) return unproven
  return judgeGreeting(own, greeting) ?? { hello: packet, version: Math.min(SPOKEN.versionMax, greeting.versionMax) }
}

/** What the dialling side makes of the answer to its `hello`. */
export function judgeWelcome(own: MasterIdentity, hello: SentHello, packet: MasterWelcome): LinkRefusal | null {
  const { greeting, version } = packet
  const { expectedId } = hello.greeting
  if (version < SPOKEN.versionMin || version > SPOKEN.versionMax) return versionsApart(greeting, own.id, greeting.id)
  if (greeting.id !== expectedId) {
    return { reason: 'wrong-id', message: `${own.id} dialled ${expectedId}, but ${greeting.id} answered` }
  }
  return judgeProof(own, packet, proveWith(firstOf(own), hello.proof)(packet.claim)) ?? judgeGreeting(own, greeting)
}

function judgeProof(
  own: MasterIdentity,
  packet: MasterHello | MasterWelcome,
  expected: Uint8Array,
): LinkRefusal | null {
  const { id } = packet.greeting
  if (sameProof(packet.proof, expected)) return null
  let message = `${id} and ${own.id} hold different keys`
  if (packet.proof.length === 0) message = `${own.id} holds the cluster's key, and ${id} holds none`
  else if (expected.length === 0) message = `${id} holds the cluster's key, and ${own.id} holds none`
  return {
    reason: 'authentication-refused',
    message: `${message}: give all backs and fronts of a cluster the same key`,
  }
}

function judgeGreeting(own: MasterIdentity, greeting: Greeting): LinkRefusal | null {
  if (greeting.role === own.role) {
    return {
      reason: 'not-permitted',
      message: `${greeting.id} and ${own.id} are both ${own.role}s: links join a front and a back`,
    }
  }
  if (
    own.membershipHash !== NO_LIST &&
    greeting.membershipHash !== NO_LIST &&
    own.membershipHash !== greeting.membershipHash
  ) {
    return {
      reason: 'cluster-mismatch',
      message:
        `the cluster's list of ${greeting.id} (hash ${greeting.membershipHash}) differs from that of ${own.id} (${own.membershipHash}): ` +
        'all backs and fronts need the same list',
    }
  }
  return null
}

function versionsApart(
  theirs: { readonly versionMin: number; readonly versionMax: number },
  ownId: string,
  theirId: string,
): LinkRefusal {
  const old = theirs.versionMax < SPOKEN.versionMin ? theirId : ownId
  return {
    reason: 'versions',
    message:
      `${theirId} speaks versions ${theirs.versionMin} to ${theirs.versionMax}, ` +
      `${ownId} ${SPOKEN.versionMin} to ${SPOKEN.versionMax}: ${old} is too old, update it`,
  }
}

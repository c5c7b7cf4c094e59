/**
 * What the cluster's key is used for between masters: TLS 1.3 with a pre-shared key, which proves both sides to each other and encrypts,
 * without certificates; and the proofs in HELLO and WELCOME where nothing is encrypted. Knows nothing of sockets.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type * as tls from 'node:tls'
import { CentrumError } from '../protocol/errors.js'
import { KEY_BYTES_MIN } from '../runtime/fresh-key.js'

/** TLS 1.3 binds a pre-shared key of this kind to SHA-256, and this is the suite with it that all speak. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256'
const IDENTITY = 'centrum'

/** A secret of 32 bytes for one purpose, so that none of them gives another one away. Throws `invalid-option` for a short key. */
export function sharedSecretOf(key: Uint8Array, purpose: 'tls' | 'proof'): Uint8Array {
  if (key.length < KEY_BYTES_MIN) {
    throw new CentrumError(
      'invalid-option',
      `the cluster's key has ${key.length} bytes: at least ${KEY_BYTES_MIN} are needed, the same in all backs and fronts`,
    )
  }
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `centrum link ${purpose}`, 32))
}

/** Tells keys from each other and gives nothing of them away: 16 hex digits. */
export function keyIdOf(key: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), 'centrum key id', 8)).toString('hex')
}

export function proofOf(secret: Uint8Array, ...claims: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', secret)
  for (const claim of claims) mac.update(claim)
  return new Uint8Array(mac.digest())
}

export function sameProof(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Of each of the cluster's keys, the first first. */
export function sharedSecretsOf(keys: readonly Uint8Array[], purpose: 'tls' | 'proof'): Uint8Array[] {
  return keys.map((key) => sharedSecretOf(key, purpose))
}

/** The identity of a pre-shared key names one of several keys and reveals nothing of it. */
export function identityOfSecret(secret: Uint8Array): string {
  return `${IDENTITY} ${Buffer.from(proofOf(secret, Buffer.from('identity'))).toString('hex', 0, 4)}`
}

export function listenOptions(secrets: readonly Uint8Array[]): tls.TlsOptions {
  const byIdentity = new Map(secrets.map((secret) => [identityOfSecret(secret), secret]))
  return {
    minVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    pskIdentityHint: IDENTITY,
    pskCallback: (_socket, identity) => byIdentity.get(identity) ?? null,
  }
}

export function dialOptions(secret: Uint8Array): tls.ConnectionOptions {
  return {
    minVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    pskCallback: () => ({ psk: secret, identity: identityOfSecret(secret) }),
    // No certificate is believed: a server that shows one does not hold the key.
    ca: [],
    checkServerIdentity: (_host, certificate) =>
      isEmpty(certificate) ? undefined : new Error('the other side presented a certificate instead of the key'),
  }
}

/** Whether the handshake came about by the shared key and nothing else. */
export function madeWithSecret(socket: tls.TLSSocket): boolean {
  return socket.getProtocol() === 'TLSv1.3' && isEmpty(socket.getPeerCertificate())
}

function isEmpty(certificate: object): boolean {
  return Object.keys(certificate).length === 0
}

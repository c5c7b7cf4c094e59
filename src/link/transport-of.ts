/**
 * Which transport an address asks for, and whether it may be used as it is: what leaves the machine needs the cluster's
 * key. Knows nothing of links.
 */
import { CentrumError } from '../protocol/errors.js'
import { expectNetwork } from '../runtime/expect-network.js'
import type { Runtime } from '../runtime/runtime.js'
import { isLoopback, parseAddress } from '../protocol/address.js'
import { type InProcessNetwork, inProcessTransport } from './in-process-transport.js'
import { sharedSecretsOf } from './shared-secret.js'
import { socketTransport } from './socket-transport.js'
import type { Transport } from './transport.js'

export interface TransportOptions {
  readonly runtime: Runtime
  /** The cluster's keys, at least 32 bytes each: the first is dialled with, all are believed. */
  readonly keys?: readonly Uint8Array[] | undefined
  /** Who is in this process, for `memory:` addresses. */
  readonly network?: InProcessNetwork | undefined
  /** How long an accepted socket may take for its TLS handshake. */
  readonly handshakeMs?: number | undefined
  /**
   * For listening: the address that others dial, where it is another one, as behind NAT and in containers. They know only that one, so it
   * says whether links are encrypted.
   */
  readonly dialled?: string | undefined
  /** `beyond-loopback` encrypts TCP that leaves the machine, `always` encrypts all TCP. */
  readonly encrypt?: 'beyond-loopback' | 'always' | undefined
}

const HANDSHAKE_MS = 10_000

/**
 * The transport for dialling or listening at an address. Throws a `CentrumError`: `invalid-option` for a malformed address or
 * a short key, `missing-key` where TCP beyond loopback is wanted without a key.
 */
export function transportOf(address: string, options: TransportOptions): Transport {
  const { runtime, keys = [], network, dialled = address, encrypt = 'beyond-loopback' } = options
  const { handshakeMs = HANDSHAKE_MS } = options
  const parsed = parseAddress(address)
  if (parsed.kind === 'memory') {
    if (network !== undefined) return inProcessTransport(network, runtime.clock)
    throw new CentrumError(
      'invalid-option',
      `'${address}' is an address within one process, but this process has no network of its own`,
    )
  }
  expectNetwork(`'${address}'`)
  const leaves = parsed.kind === 'tcp' && leavesMachine(dialled, parsed.host)
  if (keys.length === 0 && parsed.kind === 'tcp' && (leaves || !isLoopback(parsed.host))) throw missingKey(address)
  const secrets = sharedSecretsOf(keys, 'tls')
  const encrypted = parsed.kind === 'tcp' && (leaves || encrypt === 'always')
  if (encrypted) expectPreSharedKeys(dialled)
  return socketTransport({ log: runtime.log, handshakeMs, secrets: encrypted ? secrets : [] })
}

/** `host`: where one listens, which counts where what is dialled is no TCP. */
function leavesMachine(dialled: string, host: string): boolean {
  const parsed = parseAddress(dialled)
  return !isLoopback(parsed.kind === 'tcp' ? parsed.host : host)
}

function missingKey(address: string): CentrumError {
  return new CentrumError(
    'missing-key',
    `'${address}' leaves this machine, but the cluster has no key to encrypt links and to authenticate backs and fronts. ` +
      'Give all of them the same key of at least 32 bytes, as `key` of the cluster or as CENTRUM_KEY; `npx centrum key` makes one.',
  )
}

/** What Bun and Deno name themselves by. */
const runtimes = globalThis as { readonly Bun?: unknown; readonly Deno?: unknown }

/** TLS with a pre-shared key is Node's alone: elsewhere the two sides would wait for each other, and blame the key. */
function expectPreSharedKeys(address: string): void {
  const name = runtimes.Bun === undefined ? (runtimes.Deno === undefined ? null : 'Deno') : 'Bun'
  if (name === null) return
  throw new CentrumError(
    'invalid-option',
    `'${address}' needs TLS with the cluster's key, which ${name} does not have (pskCallback): run backs and fronts on Node.js, or link them over unix:/path or tcp://127.0.0.1`,
  )
}

/**
 * What `connect` takes, checked once, with every default filled in.
 */
import { CentrumError } from '../protocol/errors.js'
import { browserRuntime } from '../runtime/browser-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import { LINK_END_LIMITS, type LinkEndLimits } from '../session/link-end-state.js'
import type { WebSocketConstructor } from './web-socket.js'

export interface ConnectOptions {
  /** What the app's `authenticate` is given. A function is asked whenever a session begins. None by default. */
  readonly token?: string | (() => string | Promise<string>)
  /** By default the global one, and in Node that of `ws`. */
  readonly WebSocket?: WebSocketConstructor
  /** Milliseconds that calls wait where they have no `timeoutMs` of their own. Default 10,000. */
  readonly timeoutMs?: number
  /** Milliseconds from dialling until the front must have welcomed the client. Default 10,000. */
  readonly handshakeMs?: number
  /** The greatest wait before the first redial; it doubles with each failure. Chance picks a wait below it. Default 250. */
  readonly backoffMsMin?: number
  /** The greatest wait before any redial. Default 10,000. */
  readonly backoffMsMax?: number
  /** Milliseconds that `close()` waits for what was sent to be processed. Default 5,000. */
  readonly closeMs?: number
  /** Messages and requests of one link that are not acknowledged yet; at the limit `send` throws `buffer-full`. Default 4,096. */
  readonly retainedEntriesMax?: number
  /** Their bytes, likewise. Default 4 MiB. */
  readonly retainedBytesMax?: number
}

/** Time, chance and log from elsewhere: how a simulation runs the real client. */
export interface InternalOptions extends ConnectOptions {
  readonly runtime?: Runtime
}

export interface ClientSettings {
  readonly urls: readonly string[]
  readonly token: string | (() => string | Promise<string>)
  readonly WebSocket: WebSocketConstructor
  readonly runtime: Runtime
  readonly timeoutMs: number
  readonly handshakeMs: number
  readonly backoffMsMin: number
  readonly backoffMsMax: number
  readonly closeMs: number
  readonly limits: LinkEndLimits
}

const DEFAULTS = {
  timeoutMs: 10_000,
  handshakeMs: 10_000,
  backoffMsMin: 250,
  backoffMsMax: 10_000,
  closeMs: 5_000,
  retainedEntriesMax: LINK_END_LIMITS.retainedEntriesMax,
  retainedBytesMax: LINK_END_LIMITS.retainedBytesMax,
}

/** @throws CentrumError `invalid-option` */
export function readOptions(
  urls: string | readonly string[],
  options: InternalOptions,
  fallback?: WebSocketConstructor,
): ClientSettings {
  const { token = '', WebSocket = fallback ?? platform.WebSocket, runtime = browserRuntime(), ...given } = options
  const numbers = { ...DEFAULTS, ...given }
  for (const [name, value] of Object.entries(numbers)) {
    if (!(name in DEFAULTS)) invalid(`connect has no option '${name}'`)
    if (typeof value !== 'number' || !(value > 0)) invalid(`${name} must be a number above 0, got ${String(value)}`)
  }
  if (typeof token !== 'string' && typeof token !== 'function') {
    invalid(`token must be a string or a function, got ${typeof token}`)
  }
  if (WebSocket === undefined) invalid("there is no WebSocket here: pass that of the package 'ws'")
  const { retainedEntriesMax, retainedBytesMax } = numbers
  const list = [urls].flat().map(socketUrl)
  if (list.length === 0) invalid('connect needs a URL')
  return {
    ...numbers,
    urls: list,
    token,
    WebSocket,
    runtime,
    limits: { ...LINK_END_LIMITS, retainedEntriesMax, retainedBytesMax },
  }
}

/** `http:` becomes `ws:`, and a relative one is made absolute where there is a page. */
export function socketUrl(given: unknown): string {
  try {
    const url = new URL(String(given), platform.location?.href)
    url.protocol = url.protocol.replace('http', 'ws')
    if (/^wss?:$/.test(url.protocol)) return url.href
  } catch {
    // It is refused below.
  }
  return invalid(`'${String(given)}' is no URL such as ws://localhost:8080`)
}

/** What browsers have, and Node only in part. */
const platform = globalThis as {
  readonly WebSocket?: WebSocketConstructor
  readonly location?: { readonly href: string }
}

function invalid(problem: string): never {
  throw new CentrumError('invalid-option', problem)
}

/** The options of `connect`, checked once, with every default filled in. */
import { NUMBER, OBJECT, SWITCH } from '../options/option-kinds.js'
import { defaultsOf } from '../options/limit-table.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { PLAIN_WORDS } from '../options/plain-words.js'
import { readTable, refuseOption } from '../options/read-table.js'
import { browserRuntime } from '../runtime/browser-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import { LINK_END_LIMITS, type LinkEndLimits } from '../session/link-end-limits.js'
import type { WebSocketConstructor } from './web-socket-like.js'

/** The longest time that timers can measure: 2^31 - 1 ms, almost 25 days. */
const TIMER_MS_MAX = 2_147_483_647
const MS = { ...NUMBER, min: 1, max: TIMER_MS_MAX, unit: 'ms', fraction: true } as const

export const CONNECT_OPTIONS = {
  /** The token that the app's `authenticate` receives. A function is called whenever a session begins. */
  token: {
    ...OBJECT,
    secret: true,
    is: isToken,
    expected: 'a string, or a function that returns one',
  },
  /** The WebSocket class to use. If left out, the global one, and in Node the one from `ws`. */
  WebSocket: {
    ...OBJECT,
    is: (value: unknown): value is WebSocketConstructor => typeof value === 'function',
    expected: 'a WebSocket class',
  },
  /** How long calls without a `timeoutMs` of their own wait. */
  timeoutMs: { ...MS, default: 10_000 },
  /** Timeout for each attempt to connect, until the front has accepted the client. */
  handshakeMs: {
    ...MS,
    default: 10_000,
  },
  /** The longest wait before the first new attempt. It doubles with each failure, and each wait is a random fraction of it. */
  backoffMsMin: {
    ...MS,
    default: 250,
    notAbove: 'backoffMsMax',
  },
  /** The longest wait before any new attempt. */
  backoffMsMax: { ...MS, default: 5_000 },
  /** How long a socket may take to open before another is opened beside it. The first that opens is used. */
  overlapMs: { ...MS, default: 2_000 },
  /** How long the front may be silent after other traffic before the client asks it for an answer. */
  quietMs: { ...MS, default: 1_500 },
  /** How long that answer may take before links become `stalled`. */
  silentMs: { ...MS, default: 1_500, notAbove: 'lostMs' },
  /** How long that answer may take before the connection counts as lost. */
  lostMs: { ...MS, default: 4_000 },
  /** Whether a reloaded page continues its session, by means of `sessionStorage`. */
  keepSeat: SWITCH,
  /** With `keepSeat`: how long channels wait for a page that was reloaded or closed. */
  reloadGraceMs: { ...MS, default: 5_000 },
  /** How long `close()` waits for sent messages to be processed. */
  closeMs: { ...MS, default: 5_000 },
  /** How many messages and requests of one link may be without an outcome; at the limit `send` throws `buffer-full`. */
  retainedEntriesMax: LINK_END_LIMITS.retainedEntriesMax,
  /** How many bytes these messages and requests may have; at the limit `send` throws `buffer-full`. */
  retainedBytesMax: LINK_END_LIMITS.retainedBytesMax,
  /** Clock, randomness and log. */
  runtime: {
    ...OBJECT,
    is: (value: unknown): value is Runtime => typeof value === 'object' && value !== null,
    expected: 'a runtime',
    internal: true,
  },
} as const satisfies OptionTable

/** What `connect` takes. */
export type ConnectOptions = GivenOptions<typeof CONNECT_OPTIONS>

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
  readonly overlapMs: number
  readonly quietMs: number
  readonly silentMs: number
  readonly lostMs: number
  readonly keepSeat: boolean
  readonly reloadGraceMs: number
  readonly closeMs: number
  readonly limits: LinkEndLimits
}

const CALL = { call: 'connect' } as const
/** @throws CentrumError `invalid-option` */
export function readConnectOptions(
  urls: string | readonly string[],
  options: InternalOptions,
  fallback?: WebSocketConstructor,
): ClientSettings {
  const given = readTable(PLAIN_WORDS, CALL, CONNECT_OPTIONS, options)
  const { keepSeat, token = '', WebSocket = fallback ?? platform.WebSocket, runtime = browserRuntime() } = given
  const { retainedEntriesMax, retainedBytesMax, ...numbers } = given
  if (WebSocket === undefined) refuseOption(CALL, "there is no WebSocket here. Pass that of the package 'ws'.")
  const list = [urls].flat().map(socketUrl)
  if (list.length === 0) refuseOption(CALL, 'the list of URLs is empty. Give the URL of a front.')
  return {
    ...numbers,
    urls: list,
    keepSeat,
    token,
    WebSocket,
    runtime,
    limits: { ...defaultsOf(LINK_END_LIMITS), retainedEntriesMax, retainedBytesMax },
  }
}

function isToken(value: unknown): value is ClientSettings['token'] {
  return typeof value === 'string' || typeof value === 'function'
}

/** `http:` becomes `ws:`, and a relative one is made absolute where there is a page. */
export function socketUrl(given: unknown): string {
  try {
    const url = new URL(String(given), platform.location?.href)
    url.protocol = url.protocol.replace('http', 'ws')
    if (/^wss?:$/.test(url.protocol)) return url.href
  } catch {
    // Refused below.
  }
  return refuseOption(
    CALL,
    `${typeof given === 'string' ? `'${given}'` : String(given)} is not a valid URL (for example ws://localhost:8080).`,
  )
}

/** What browsers have, and Node only in part. */
const platform = globalThis as {
  readonly WebSocket?: WebSocketConstructor
  readonly location?: { readonly href: string }
}

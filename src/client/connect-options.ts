/**
 * What `connect` takes, checked once, with every default filled in.
 */
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
  /** What the app's `authenticate` receives. A function is called whenever a session begins. */
  token: {
    ...OBJECT,
    secret: true,
    is: isToken,
    expected: 'a string, or a function that returns one',
  },
  /** The global one without it, and in Node that of `ws`. */
  WebSocket: {
    ...OBJECT,
    is: (value: unknown): value is WebSocketConstructor => typeof value === 'function',
    expected: 'a WebSocket class',
  },
  /** How long calls wait that have no `timeoutMs` of their own. */
  timeoutMs: { ...MS, default: 10_000 },
  /** Timeout for each attempt to connect, until the front has welcomed the client. */
  handshakeMs: {
    ...MS,
    default: 10_000,
  },
  /** The longest wait before the first new attempt; it doubles with each failure, and each wait is a random part of it. */
  backoffMsMin: {
    ...MS,
    default: 250,
    notAbove: 'backoffMsMax',
  },
  /** The longest wait before any new attempt. */
  backoffMsMax: { ...MS, default: 5_000 },
  /** How long a socket may take to open before another is opened beside it; the first that opens is kept. */
  overlapMs: { ...MS, default: 2_000 },
  /** How long nothing may come after other traffic until the front is asked for an answer. */
  quietMs: { ...MS, default: 1_500 },
  /** How long an answer may take until links are `stalled`. */
  silentMs: { ...MS, default: 1_500, notAbove: 'lostMs' },
  /** How long an answer may take until the connection is lost. */
  lostMs: { ...MS, default: 4_000 },
  /** Whether a page that is reloaded goes on with its session, by `sessionStorage`. */
  keepSeat: SWITCH,
  /** With `keepSeat`: how long channels wait for a page that was reloaded or closed. */
  reloadGraceMs: { ...MS, default: 5_000 },
  /** How long `close()` waits until what was sent is processed. */
  closeMs: { ...MS, default: 5_000 },
  /**
   * Messages and requests of one link that have no outcome yet; `send` throws `buffer-full` for one more. 4,096 by
   * default.
   */
  retainedEntriesMax: LINK_END_LIMITS.retainedEntriesMax,
  /** Their bytes, likewise: 4 MiB by default. */
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
  return refuseOption(CALL, `'${String(given)}' is not a valid URL (for example ws://localhost:8080).`)
}

/** What browsers have, and Node only in part. */
const platform = globalThis as {
  readonly WebSocket?: WebSocketConstructor
  readonly location?: { readonly href: string }
}

/**
 * What `connect` takes, checked once, with every default filled in.
 */
import {
  defaultsOf,
  type GivenOptions,
  type NumberOption,
  type ObjectOption,
  type OptionTable,
  type OptionValues,
} from '../options/option-table.js'
import { CentrumError } from '../protocol/errors.js'
import { browserRuntime } from '../runtime/browser-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import { LINK_END_LIMITS, type LinkEndLimits } from '../session/link-end-limits.js'
import type { WebSocketConstructor } from './web-socket.js'

/** The longest time that timers can measure: 2^31 - 1 ms, almost 25 days. */
const TIMER_MS_MAX = 2_147_483_647
const MS = { kind: 'number', min: 1, max: TIMER_MS_MAX, unit: 'ms', fraction: true } as const

export const CONNECT_OPTIONS = {
  /** What the app's `authenticate` receives. A function is called whenever a session begins. */
  token: {
    kind: 'object',
    secret: true,
    is: isToken,
    expected: 'a string, or a function that returns one',
  },
  /** The global one without it, and in Node that of `ws`. */
  WebSocket: {
    kind: 'object',
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
  backoffMsMax: { ...MS, default: 10_000 },
  /** How long `close()` waits until what was sent is processed. */
  closeMs: { ...MS, default: 5_000 },
  retainedEntriesMax: LINK_END_LIMITS.retainedEntriesMax,
  retainedBytesMax: LINK_END_LIMITS.retainedBytesMax,
  /** Clock, randomness and log. */
  runtime: {
    kind: 'object',
    is: (value: unknown): value is Runtime => typeof value === 'object' && value !== null,
    expected: 'a runtime',
    internal: true,
  },
} as const satisfies OptionTable

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
  readonly closeMs: number
  readonly limits: LinkEndLimits
}

/** @throws CentrumError `invalid-option` */
export function readConnectOptions(
  urls: string | readonly string[],
  options: InternalOptions,
  fallback?: WebSocketConstructor,
): ClientSettings {
  const given = readGiven(options)
  const { token = '', WebSocket = fallback ?? platform.WebSocket, runtime = browserRuntime() } = given
  const { retainedEntriesMax, retainedBytesMax, ...numbers } = given
  if (WebSocket === undefined) refuse("there is no WebSocket here. Pass that of the package 'ws'.")
  const list = [urls].flat().map(socketUrl)
  if (list.length === 0) refuse('the list of URLs is empty. Give the URL of a front.')
  return {
    ...numbers,
    urls: list,
    token,
    WebSocket,
    runtime,
    limits: { ...defaultsOf(LINK_END_LIMITS), retainedEntriesMax, retainedBytesMax },
  }
}

/** What browsers carry of the reader of options: it knows numbers and objects, and suggests no names. */
function readGiven(options: object): OptionValues<typeof CONNECT_OPTIONS> {
  const given = options as Readonly<Record<string, unknown>>
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(CONNECT_OPTIONS, name)) {
      refuse(`there is no option '${name}'. There are: ${Object.keys(CONNECT_OPTIONS).join(', ')}.`)
    }
  }
  for (const [name, option] of Object.entries<NumberOption | ObjectOption>(CONNECT_OPTIONS)) {
    const value = (values[name] = given[name] ?? ('default' in option ? option.default : undefined))
    if (value === undefined || accepts(option, value)) continue
    const shown =
      'secret' in option
        ? `a value of type ${typeof value}`
        : typeof value === 'string'
          ? `'${value}', a string`
          : String(value)
    const must = option.kind === 'object' ? option.expected : `a number from ${option.min} to ${option.max}`
    refuse(`${name} is ${shown}. It must be ${must}.`)
  }
  const { backoffMsMin, backoffMsMax } = values as OptionValues<typeof CONNECT_OPTIONS>
  if (backoffMsMin > backoffMsMax)
    refuse(`backoffMsMin is ${backoffMsMin}, above backoffMsMax, which is ${backoffMsMax}.`)
  return values as OptionValues<typeof CONNECT_OPTIONS>
}

function accepts(option: NumberOption | ObjectOption, value: unknown): boolean {
  if (option.kind === 'object') return option.is(value)
  if (typeof value !== 'number' || !(value >= option.min && value <= option.max)) return false
  return option.fraction === true || Number.isInteger(value)
}

function refuse(problem: string): never {
  throw new CentrumError('invalid-option', `connect: ${problem}`)
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
  return refuse(`'${String(given)}' is not a valid URL (for example ws://localhost:8080).`)
}

/** What browsers have, and Node only in part. */
const platform = globalThis as {
  readonly WebSocket?: WebSocketConstructor
  readonly location?: { readonly href: string }
}

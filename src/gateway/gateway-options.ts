/** The options of a gateway. Knows nothing of what they do. */
import { type IncomingMessage, type RequestListener, Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { CHOICE, LIMITS, NUMBER, OBJECT, TEXT, TEXTS } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { GATEWAY_LIMITS } from './gateway-limits.js'
import type { Origins } from './origin-policy.js'
import type { TrustedProxies } from './proxy-trust.js'

const PORT = { ...NUMBER, min: 0, max: 65_535, unit: 'port' } as const

/** What `startFront` and `startApp` take as well. */
export const LISTEN_OPTIONS = {
  /** The port that clients connect to. 0: any free port. 8,080 by default. */
  port: {
    ...PORT,
    default: 8080,
    description: 'The port that clients connect to. 0: any free port.',
  },
  /**
   * The address to listen on. Use 0.0.0.0 or :: to accept connections from other machines. `127.0.0.1` by default.
   */
  host: {
    ...TEXT,
    value: 'address',
    default: '127.0.0.1',
    description: 'The address to listen on. Use 0.0.0.0 or :: to accept connections from other machines.',
  },
  /**
   * A separate port for /healthz and /readyz. If left out, a front answers them on its clients' port, and a back does
   * not answer them.
   */
  adminPort: {
    ...PORT,
    description:
      "A separate port for /healthz and /readyz. If left out, a front answers them on its clients' port, and a back does not answer them.",
  },
  /**
   * When /readyz reports ready: once each back has answered (`joined`), while at least one back is reachable (`any`),
   * or while all are (`all`). Never while the front drains. `joined` by default.
   */
  readyWhen: {
    ...CHOICE,
    choices: ['joined', 'any', 'all'],
    default: 'joined',
    description:
      'When /readyz reports ready: once each back has answered (`joined`), while at least one back is reachable (`any`), or while all are (`all`). Never while the front drains.',
  },
  /**
   * The path that clients connect to, such as /play. If left out, any path; on a `server` of your own, any path for
   * requests with the subprotocol `centrum`, which the client always sends.
   */
  path: {
    ...TEXT,
    value: 'path',
    form: { matches: /^\//, must: "begin with '/', such as /play" },
    description:
      'The path that clients connect to, such as /play. If left out, any path; on a `server` of your own, any path for requests with the subprotocol `centrum`, which the client always sends.',
  },
  /**
   * An HTTP server of your own, listening or not yet. Closing it remains up to you. Cannot be combined with `port`,
   * `host` and `request`.
   */
  server: {
    ...OBJECT,
    is: isServer,
    expected: 'a server of node:http or node:https',
    description:
      'An HTTP server of your own, listening or not yet. Closing it remains up to you. Cannot be combined with `port`, `host` and `request`.',
  },
  /** A function that answers HTTP requests other than /healthz and /readyz. */
  request: {
    ...OBJECT,
    is: (value: unknown): value is RequestListener => typeof value === 'function',
    expected: 'a function (request, response)',
    description: 'A function that answers HTTP requests other than /healthz and /readyz.',
  },
  /**
   * The origins whose pages may connect. 'same', the default: only pages from the host and port that the request
   * names. In a list, `'*'` stands for every origin. Programs other than browsers send no Origin header; only a
   * function can refuse them.
   */
  origins: {
    ...OBJECT,
    is: (value: unknown): value is Origins =>
      value === 'same' || typeof value === 'function' || (Array.isArray(value) && value.length > 0),
    expected:
      "'same', a list of origins such as ['https://example.com'], or a function (origin, request) that returns true or false",
    description:
      "The origins whose pages may connect. 'same', the default: only pages from the host and port that the request names. In a list, `'*'` stands for every origin. Programs other than browsers send no Origin header; only a function can refuse them.",
  },
  /**
   * The proxies in front of this front: their X-Forwarded-For header is trusted for the address of a client, their
   * X-Forwarded-Host for `origins`. If left out, no proxy is trusted.
   */
  trustProxy: {
    ...OBJECT,
    is: (value: unknown): value is TrustedProxies =>
      typeof value === 'number' ||
      typeof value === 'string' ||
      (Array.isArray(value) && value.every((each) => typeof each === 'string')),
    expected: "a count of proxies, 'loopback', or a list of networks such as ['10.0.0.0/8']",
    description:
      'The proxies in front of this front: their X-Forwarded-For header is trusted for the address of a client, their X-Forwarded-Host for `origins`. If left out, no proxy is trusted.',
  },
  /**
   * Returns the address of a client, for limits and `authenticate`, where `trustProxy` is not enough. If it throws,
   * the address of the socket is used.
   */
  addressOf: {
    ...OBJECT,
    is: (value: unknown): value is (request: IncomingMessage) => string => typeof value === 'function',
    expected: 'a function that returns the address of the client of a request',
    description:
      'Returns the address of a client, for limits and `authenticate`, where `trustProxy` is not enough. If it throws, the address of the socket is used.',
  },
} as const satisfies OptionTable

export const DRAIN_TO_OPTION = {
  ...TEXTS,
  value: 'url',
  description:
    'The public URL of another front (ws:, wss:, http: or https:), or several. Clients that are refused, or asked to leave because the front drains or cannot reach a back, are sent to one of them, evenly spread. If left out, they reconnect to their configured URLs.',
} as const

export const GATEWAY_OPTIONS = {
  ...LISTEN_OPTIONS,
  drainTo: DRAIN_TO_OPTION,
  limits: { ...LIMITS, limits: GATEWAY_LIMITS, description: 'Limits of the sockets of clients.' },
} as const satisfies OptionTable

export type GatewayOptions = GivenOptions<typeof GATEWAY_OPTIONS>

/** Frameworks wrap servers and hand on what behaves like one. */
function isServer(value: unknown): value is Server | SecureServer {
  return value instanceof Server || (isRecord(value) && typeof value['on'] === 'function' && 'listening' in value)
}

/** `centrum/client` in Node: the same client, with the WebSocket of `ws`, which is installed with centrum. */
import { WebSocket } from 'ws'
import type { App } from '../channel/app.js'
import type { Connection, PlainConnection, UntypedApp } from '../channel/connection-api.js'
import type { ConnectOptions } from './connect-options.js'
import { connectPlainWith, connectWith } from './connect.js'
import { FRAME_BYTES_MAX } from './wire.js'

export type * from './index.js'
export { CentrumError, channelId } from './index.js'

/** How long a front may take to close as well, in milliseconds: one that stands still must not hold up the end of a process. */
const CLOSE_MS = 1_000

const SOCKET_OPTIONS = { perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX, closeTimeout: CLOSE_MS }

/** What to look at, by what Node says of a socket that could not be opened. */
const HINTS: readonly (readonly [says: RegExp, hint: string])[] = [
  [/ECONNREFUSED/, 'Nothing listens there. Is the server running, on this host and port?'],
  [/ENOTFOUND|EAI_AGAIN/, 'The host is unknown. Is its name correct?'],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    'The host does not answer. Is there a network, and does a firewall let this port through?',
  ],
  [
    /wrong version number|packet length too long|EPROTO/,
    'The server does not speak TLS there. Should the URL begin with ws: instead of wss:?',
  ],
  [/socket hang up|ECONNRESET/, 'The server closed the connection. Does it speak TLS there (wss: instead of ws:)?'],
  [/certificate|CERT_/, 'The certificate is not trusted. For a certificate of your own, set NODE_EXTRA_CA_CERTS.'],
  [/response: 3/, 'The server sends clients to another URL, perhaps from http: to https:. Connect to that one.'],
  [/response: 401/, 'The server, or a proxy before it, asks for a login.'],
  [/response: 429/, 'The server, or a proxy before it, limits how often this address may connect.'],
  [/response: 403/, 'The server refuses this origin. See its option origins.'],
  [/response: 4|response: 200/, 'An HTTP server answers there, but it is not a front. Are port and path correct?'],
  [/response: 5/, 'A proxy answers, but reaches no front behind it.'],
]

class NodeWebSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, SOCKET_OPTIONS)
    // Before the client's own listener: what it is told of has the hint.
    this.on('error', (error) => {
      const hint = HINTS.find(([says]) => says.test(error.message))?.[1]
      if (hint !== undefined) error.message = `${error.message.replace(/[:\s]+$/, '')}. ${hint}`
    })
  }
}

/** As in browsers: see `connect` of `index.ts`. */
export function connect<A extends App = UntypedApp>(
  urls: string | readonly string[],
  options: ConnectOptions = {},
): Connection<A> {
  return connectWith<A>(NodeWebSocket, urls, options)
}

/** As in browsers: see `connectPlain` of `index.ts`. */
export function connectPlain<A extends App = UntypedApp>(
  urls: string | readonly string[],
  options: ConnectOptions = {},
): PlainConnection<A> {
  return connectPlainWith<A>(NodeWebSocket, urls, options)
}

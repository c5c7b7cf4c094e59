/** `connect`: checks its arguments, and gives the connection its types. */
import type { App } from '../channel/app.js'
import type { Connection, PlainConnection, UntypedApp } from '../channel/connection-api.js'
import { PlainMirror } from '../state/mirror/plain-mirror.js'
import { WatchedMirror } from '../state/mirror/watched-mirror.js'
import { type ConnectOptions, readConnectOptions } from './connect-options.js'
import { newConnection } from './connection.js'
import type { WebSocketConstructor } from './web-socket-like.js'

/** `fallback`: the WebSocket where the options have none. */
export function connectWith<A extends App>(
  fallback: WebSocketConstructor | undefined,
  urls: string | readonly string[],
  options: ConnectOptions,
): Connection<A> {
  const newMirror = (): WatchedMirror<object> => new WatchedMirror()
  // The types of an app exist for the compiler only: at run time names and payloads are what they are.
  return newConnection(readConnectOptions(urls, options, fallback), newMirror) as unknown as Connection<A>
}

/** `connectWith`, whose links have the state and nothing that watches it. */
export function connectPlainWith<A extends App>(
  fallback: WebSocketConstructor | undefined,
  urls: string | readonly string[],
  options: ConnectOptions,
): PlainConnection<A> {
  const newMirror = (): PlainMirror => new PlainMirror()
  return newConnection(readConnectOptions(urls, options, fallback), newMirror) as unknown as PlainConnection<A>
}

/**
 * Connects to a front, or to one of several, which are tried in random order. Returns at once; `link` waits for the
 * connection. If the connection breaks, the client reconnects by itself, with growing waits.
 * @param urls `ws:`, `wss:`, `http:` or `https:`.
 * @throws CentrumError `invalid-option`
 */
export function connect<A extends App = UntypedApp>(
  urls: string | readonly string[],
  options: ConnectOptions = {},
): Connection<A> {
  return connectWith<A>(undefined, urls, options)
}

/**
 * `connect` for pages that must load little: its links have no `snapshot()`, and `on` takes events only, no paths of the state.
 * `onChange` reports changes. Bundlers leave out what the others need.
 * @param urls `ws:`, `wss:`, `http:` or `https:`.
 * @throws CentrumError `invalid-option`
 */
export function connectPlain<A extends App = UntypedApp>(
  urls: string | readonly string[],
  options: ConnectOptions = {},
): PlainConnection<A> {
  return connectPlainWith<A>(undefined, urls, options)
}

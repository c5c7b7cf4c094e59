/** `centrum/client` in Node: the same, with the WebSocket of `ws`, which centrum brings along. */
import { WebSocket } from 'ws'
import type { App } from '../channel/app.js'
import type { Connection, UntypedApp } from '../channel/connection-api.js'
import type { ConnectOptions } from './connect-options.js'
import { connectWith } from './connect.js'
import { FRAME_BYTES_MAX } from './wire.js'

export type * from './index.js'
export { CentrumError, channelId } from './index.js'

class NodeWebSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX })
  }
}

/** As in browsers: see `connect` of `index.ts`. */
export function connect<A extends App = UntypedApp>(
  urls: string | readonly string[],
  options: ConnectOptions = {},
): Connection<A> {
  return connectWith<A>(NodeWebSocket, urls, options)
}

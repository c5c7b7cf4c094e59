/** `centrum/client`: links to channels from browsers, and from Node (`node.ts`). */
export { connect } from './connect.js'
export type { ConnectOptions } from './connect-options.js'
export type { WebSocketConstructor, WebSocketLike } from './web-socket.js'
export { channelId } from '../protocol/channel-id.js'
export { CentrumError, type ErrorCode } from '../protocol/errors.js'
export type { Reason } from '../protocol/reasons.js'
export type {
  ChannelLink,
  LinkSettings,
  LinkStatus,
  Unsubscribe,
  WaitSettings,
} from '../channel/client-api.js'
export type { ReadonlyState, StateAt, StateHandlers } from '../channel/state-path.js'
export type { AnyLink, Connection, ConnectionStatus } from '../channel/connection-api.js'
export type { ConnectionInspection } from '../channel/connection-inspection.js'

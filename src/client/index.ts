/** `centrum/client`: links to channels from browsers, and from Node (`node.ts`). */
export { connect, connectPlain } from './connect.js'
export type { ConnectOptions } from './connect-options.js'
export type { WebSocketConstructor, WebSocketLike } from './web-socket-like.js'
export { channelId } from '../protocol/channel-id.js'
export { CentrumError, type ErrorCode } from '../protocol/errors.js'
export type { Reason } from '../protocol/reasons.js'
export type { Reset, ResetReason } from '../protocol/reset.js'
export type {
  ChannelLink,
  LinkOf,
  LinkSettings,
  PlainLink,
  PlainLinkOf,
  LinkStatus,
  Unsubscribe,
  WaitSettings,
} from '../channel/client-api.js'
export type { ReadonlyState, StateAt, StateHandlers } from '../channel/readonly-state.js'
export type { AnyLink, AnyPlainLink, Connection, ConnectionStatus, PlainConnection } from '../channel/connection-api.js'
export type { ConnectionInspection } from '../channel/connection-inspection.js'

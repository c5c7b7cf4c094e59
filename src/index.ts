/** The public face of servers: definitions, the three roles, static clusters, and the masters below them. */
export { startApp, type RunningApp } from './run/start-app.js'
export { startBack, type RunningBack } from './run/start-back.js'
export { startFront, type RunningFront } from './run/start-front.js'
export type { AppOptions, BackOptions, FrontOptions } from './run/role-options.js'

export { defineApp, type AppDeclaration } from './channel/define-app.js'
export { defineChannel, type ChannelDeclaration, type ChannelDefinition } from './channel/define-channel.js'
export {
  broadcastable,
  internal,
  unchecked,
  type Broadcastable,
  type Internal,
  type InternalRequest,
  type RequestDeclaration,
} from './channel/schema.js'
export type { StandardSchema } from './channel/standard-schema.js'
export { AuthenticationRefused } from './channel/authentication-refused.js'
export { LinkRefused } from './channel/link-refused.js'
export { ChannelClosed } from './channel/channel-closed.js'
export type {
  App,
  Authenticate,
  Authenticated,
  AuthenticationRequest,
  BackToPlace,
  ChannelToPlace,
  ImplementedChannel,
  Place,
  Sessions,
} from './channel/app.js'
export type { StoredParts } from './channel/channel-contract.js'
export type { ChannelIdOf, ChannelOf } from './channel/channel-of.js'
export type { Channel, ChannelTypes, TypesOf } from './channel/channel-types.js'
export type {
  Arrival,
  ChannelAddress,
  ChannelContext,
  Client,
  Except,
  Database,
  Peer,
  Restored,
  RewindOptions,
  Rewound,
  Sender,
  TimerOf,
  UnlinkedClient,
} from './channel/context.js'
export type { ClientOf, ContextOf, ChannelStateOf } from './channel/definition-parts.js'
export type { Handlers } from './channel/handlers.js'

export { staticCluster, type StaticClusterOptions } from './cluster/static-cluster.js'
export type { BackDescriptor, Cluster, StaticCluster } from './cluster/cluster.js'

export type { BackInspection } from './back/back-inspection.js'
export { BackMaster } from './back/back-master.js'
export type { BackMasterOptions } from './back/back-master-options.js'
export type { BackLimits } from './back/back-limits.js'
export type { BackChannelApi, BackMasterApi } from './channel/back-api.js'
export { FrontMaster } from './front/front-master.js'
export type { FrontMasterOptions } from './front/front-master-options.js'
export type { FrontInspection } from './relay/front-inspection.js'
export type { FrontLimits } from './front/front-limits.js'
export type { FrontChannelApi, FrontClientApi, FrontMasterApi, StatePosition } from './channel/front-api.js'
export type { GatewayLimits } from './gateway/gateway-limits.js'
export type { LinkLimits } from './link/link-limits.js'

export { channelId } from './protocol/channel-id.js'
export { CentrumError, type ErrorCode } from './protocol/errors.js'
export type { Reason } from './protocol/reasons.js'
export type { Reset, ResetReason } from './protocol/reset.js'
export { nodeRuntime, type NodeRuntime } from './runtime/node-runtime.js'
export type { NodeRuntimeOptions } from './runtime/runtime-options.js'
export type { AppLog, Clock, Log, Random, Runtime, Timer } from './runtime/runtime.js'
export type { LogEvent, LogEventAt, LogFieldsOf } from './runtime/log-events.js'

/** What of a channel outlives its owner, gathered from its parts. Knows nothing of how it is kept. */
import type { ChannelHandlers } from '../channel/channel-implementation.js'
import type { Log } from '../runtime/runtime.js'
import type { ChannelImage } from './channel-image.js'
import type { ChannelSessions } from './channel-sessions.js'
import { attachmentOf } from './image-attachment.js'
import type { LiveContext } from './live-context.js'
import type { StateStream } from './state-stream.js'

interface ChannelParts {
  readonly handlers: ChannelHandlers
  readonly context: LiveContext
  readonly sessions: ChannelSessions
  readonly stream: StateStream
  readonly log: Log
}

/** As of the last turn. Throws `EncodeError` where the memory cannot be encoded. */
export function imageOf({ handlers, context, sessions, stream, log }: ChannelParts): ChannelImage {
  return {
    origin: stream.origin,
    version: stream.version,
    state: stream.keyframe(),
    serial: sessions.serial,
    ...context.own.toImage(),
    sessions: sessions.toImages(),
    attachment: attachmentOf(handlers, context, stream.version, log),
  }
}

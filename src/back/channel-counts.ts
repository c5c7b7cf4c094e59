/** What all channels of a back have done since its start, together. */
import type { TaskCounts } from './task-host.js'
import type { StreamCounts } from './state-stream.js'
import type { SessionCounts } from './session.js'

/** For operators and tests. */
export interface ChannelCounts extends TaskCounts, StreamCounts, SessionCounts {
  peerMessagesDropped: number
}

export function noChannelCounts(): ChannelCounts {
  return {
    turns: 0,
    patches: 0,
    keyframes: 0,
    links: 0,
    resumes: 0,
    duplicates: 0,
    gaps: 0,
    replaced: 0,
    expired: 0,
    messages: 0,
    requests: 0,
    refused: 0,
    failed: 0,
    peerMessagesDropped: 0,
  }
}

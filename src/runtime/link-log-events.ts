/** What is logged about links: a part of `LOG_EVENTS`. */

export const LINK_LOG_EVENTS = {
  'link.closed': {
    levels: ['info'],
    fields: ['peer', 'connection', 'reason', 'message'],
    meaning: 'A link between a front and a back, or between two backs, has closed.',
  },
  'link.dial-failed': {
    levels: ['warn'],
    fields: ['reason', 'message'],
    meaning: 'A back could not be reached. Logged once for each reason; attempts continue.',
  },
  'link.faulted': {
    levels: ['error'],
    fields: ['peer', 'error'],
    meaning: 'A bug in centrum: handling a packet of this link threw an error. The link was closed.',
  },
  'link.handshake-failed': {
    levels: ['debug', 'warn'],
    fields: ['from', 'reason', 'message'],
    meaning: 'An accepted stream did not complete the handshake. `debug` if it closed without sending a byte.',
  },
  'link.handshake-refused': {
    levels: ['warn'],
    fields: ['from', 'limit'],
    meaning: 'A stream was closed at once, because `greetingsMax` handshakes are already in progress.',
  },
  'link.key-refused': {
    levels: ['warn'],
    fields: ['peer', 'message'],
    meaning: 'A TLS handshake failed: the other side has a different key, or is not a back or front.',
  },
  'link.listen-failed': {
    levels: ['warn'],
    fields: ['address', 'error'],
    meaning: 'A listener reported an error after it had begun to listen.',
  },
  'link.opened': {
    levels: ['info'],
    fields: ['peer', 'incarnation', 'connection', 'version'],
    meaning: 'A front and a back, or two backs, are linked.',
  },
  'link.overflowed': {
    levels: ['warn'],
    fields: ['peer', 'queued', 'limit'],
    meaning: 'More than `linkQueuedBytesMax` waited to leave this process. The link was closed.',
  },
  'link.probed': {
    levels: ['debug'],
    fields: ['from', 'peer', 'reason', 'message'],
    meaning: 'Another process asked which back listens at this address.',
  },
  'link.protocol-violated': {
    levels: ['warn'],
    fields: ['peer', 'message'],
    meaning: 'A packet or frame of this link was malformed or not allowed at this point. The link was closed.',
  },
  'link.refused': {
    levels: ['warn'],
    fields: ['from', 'peer', 'reason', 'message'],
    meaning: 'Another back or front was refused: `reason` says why.',
  },
} as const

/** What is logged about links: a part of `LOG_EVENTS`. */

export const LINK_LOG_EVENTS = {
  'link.closed': {
    levels: ['info'],
    fields: ['peer', 'connection', 'reason', 'message'],
    meaning: 'A link between two masters has closed.',
  },
  'link.dial-failed': {
    levels: ['warn'],
    fields: ['reason', 'message'],
    meaning: 'A back could not be linked to. Logged once for each reason; attempts go on.',
  },
  'link.faulted': {
    levels: ['error'],
    fields: ['peer', 'error'],
    meaning: 'A mistake in centrum, met in a packet of this link. The link was closed.',
  },
  'link.handshake-failed': {
    levels: ['debug', 'warn'],
    fields: ['from', 'reason', 'message'],
    meaning: 'An accepted stream did not become a link. `debug` where it closed without a byte.',
  },
  'link.handshake-refused': {
    levels: ['warn'],
    fields: ['from', 'limit'],
    meaning: 'A stream was closed at once, because `greetingsMax` handshakes are under way.',
  },
  'link.key-refused': {
    levels: ['warn'],
    fields: ['peer', 'message'],
    meaning: 'A TLS handshake failed: the other side has another key, or is not a master.',
  },
  'link.listen-failed': {
    levels: ['warn'],
    fields: ['address', 'error'],
    meaning: 'A listener reported an error after it had begun to listen.',
  },
  'link.opened': {
    levels: ['info'],
    fields: ['peer', 'incarnation', 'connection', 'version'],
    meaning: 'Two masters are linked.',
  },
  'link.overflowed': {
    levels: ['warn'],
    fields: ['peer', 'queued', 'limit'],
    meaning: 'More than `linkQueuedBytesMax` waited to leave this process. The link was closed.',
  },
  'link.probed': {
    levels: ['debug'],
    fields: ['from', 'peer', 'reason', 'message'],
    meaning: 'Another process asked which master listens here.',
  },
  'link.protocol-violated': {
    levels: ['warn'],
    fields: ['peer', 'message'],
    meaning: 'A packet or frame of this link was malformed or not allowed at this point. The link was closed.',
  },
  'link.refused': {
    levels: ['warn'],
    fields: ['from', 'peer', 'reason', 'message'],
    meaning: 'Another master was refused: the reason says why.',
  },
} as const

/** What is logged about channels: a part of `LOG_EVENTS`. */

export const CHANNEL_LOG_EVENTS = {
  'channel.cut-off': {
    levels: ['warn'],
    fields: ['running', 'waiting'],
    meaning:
      'Closing the channel took longer than `shutdownMs`: the handlers that were running are not waited for, and tasks that waited are not done.',
  },
  'channel.epoch-outdated': {
    levels: ['warn'],
    fields: ['channel', 'epoch', 'seen'],
    meaning: 'A front has seen a later epoch of this channel than its back runs. The channel closes and opens anew.',
  },
  'channel.fault-found': {
    levels: ['warn'],
    fields: ['channel', 'reason'],
    meaning:
      'A channel cannot open: it failed too often before, for this reason. `centrum store clear-fault` lets it open again.',
  },
  'channel.faulted': {
    levels: ['error'],
    fields: ['error', 'running'],
    meaning: 'The channel cannot go on. Its links end with `faulted`, and no handler of it is called any more.',
  },
  'channel.no-room': {
    levels: ['warn'],
    fields: ['channel'],
    meaning:
      'A channel was asked for that is not open, and every back that may have it has reached its `capacity`. Clients were refused with `too-many`. Start another back, or raise it.',
  },
  'channel.not-owned': {
    levels: ['warn'],
    fields: ['channel', 'owner'],
    meaning: 'A front asked for a channel that another back owns, or, where `owner` is null, none.',
  },
  'channel.open-failed': {
    levels: ['error'],
    fields: ['error'],
    meaning: '`state` or `onOpen` threw while a channel opened or a client linked. Its clients are refused.',
  },
  'channel.send-dropped': {
    levels: ['warn'],
    fields: ['to', 'message'],
    meaning:
      'A message to another channel was dropped, because that channel has `peerMessagesQueuedMax` messages waiting.',
  },
  'channel.send-failed': {
    levels: ['warn'],
    fields: ['to', 'message', 'error'],
    meaning: 'A message to another channel was not handled, or its handler failed.',
  },
  'channel.unowned': {
    levels: ['warn'],
    fields: ['channel', 'pattern', 'add', 'listed'],
    meaning:
      "A client asked for a channel of the app that no back of the cluster's list owns. Put `add` into the `channels` of a back. Logged once for each pattern.",
  },
} as const

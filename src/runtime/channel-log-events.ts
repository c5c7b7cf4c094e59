/** What is logged about channels: a part of `LOG_EVENTS`. */

export const CHANNEL_LOG_EVENTS = {
  'channel.cut-off': {
    levels: ['warn'],
    fields: ['running', 'waiting'],
    meaning:
      'Closing the channel took longer than `shutdownMs`: it does not wait for running handlers, and waiting tasks are not done.',
  },
  'channel.epoch-outdated': {
    levels: ['warn'],
    fields: ['channel', 'epoch', 'seen'],
    meaning: "A front has seen a later epoch of this channel than its back's. The channel closes and opens anew.",
  },
  'channel.fault-found': {
    levels: ['warn'],
    fields: ['channel', 'reason'],
    meaning:
      'A channel does not open, because it failed too often before, for this reason. `centrum store clear-fault` lets it open again.',
  },
  'channel.faulted': {
    levels: ['error'],
    fields: ['error', 'running'],
    meaning: 'The channel cannot continue. Its links end with `faulted`, and none of its handlers is called any more.',
  },
  'channel.no-room': {
    levels: ['warn'],
    fields: ['channel'],
    meaning:
      'A channel could not open, because every back that may own it has reached its `capacity`. Clients were refused with `too-many`. Start another back, or raise the capacity.',
  },
  'channel.not-owned': {
    levels: ['warn'],
    fields: ['channel', 'owner'],
    meaning: 'A front asked this back for a channel that another back owns, or, if `owner` is null, no back.',
  },
  'channel.open-failed': {
    levels: ['error'],
    fields: ['error'],
    meaning: '`state` or `onOpen` threw while a channel opened or a client linked. Its clients are refused.',
  },
  'channel.send-dropped': {
    levels: ['warn'],
    fields: ['to', 'message'],
    meaning: 'A message to another channel was dropped, because `peerMessagesQueuedMax` messages are already waiting.',
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
      "A client asked for a channel of the app that no back in the cluster's list owns. Add the value of `add` to the `channels` of a back. Logged once for each pattern.",
  },
} as const

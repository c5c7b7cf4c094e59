/** What is logged about stores: a part of `LOG_EVENTS`. */

export const STORE_LOG_EVENTS = {
  'store.chosen': {
    levels: ['info'],
    fields: ['store'],
    meaning: 'The app has durable channels and no store was given: they are stored in this file, with a key beside it.',
  },
  'store.cut-off': {
    levels: ['error'],
    fields: ['lagMs', 'stalled', 'withinMs'],
    meaning:
      'The back closed before its store had accepted everything, because `shutdownMs` had passed. Whatever was answered is stored; the rest may be lost.',
  },
  'store.failover-risk': {
    levels: ['warn'],
    fields: ['standbys', 'keptOn'],
    meaning:
      'The database of the cluster has standbys, but confirms commits before any of them has stored them (as far as the role of the back can see), so a failover may lose the latest confirmed commits. Make a standby synchronous (`synchronous_standby_names`).',
  },
  'store.fenced': {
    levels: ['error'],
    fields: ['channels', 'message'],
    meaning:
      'Another process has taken over the store. The durable channels of this back are closed, and show nothing further.',
  },
  'store.not-closed': {
    levels: ['warn'],
    fields: ['error'],
    meaning:
      'A back closed while its store was not reachable. All turns are stored; the end of its run is not, so other backs take over its channels only once they notice that it has gone.',
  },
  'store.recovered': {
    levels: ['info'],
    fields: ['seq', 'forMs'],
    meaning: 'The store accepts commits again. Nothing was lost.',
  },
  'store.stalled': {
    levels: ['error'],
    fields: ['seq', 'outcome', 'reason', 'message'],
    meaning:
      'The store did not accept a commit (`outcome` failed or undecided), or has not answered for `commitStallMs` (slow). Until it does, durable channels show and answer nothing, and their links are `stalled`. The commit is tried again.',
  },
  'store.unavailable': {
    levels: ['error'],
    fields: ['channel', 'error'],
    meaning:
      'A channel cannot open, because the store does not answer or refuses. Its links are refused, and are linked again later.',
  },
} as const

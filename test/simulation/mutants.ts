/**
 * Deliberate breaks of the system: each is a text in the source and what stands there instead. The simulation has to find each of them.
 */

import type { Profile } from './profiles.js'

export interface Patch {
  /** Below src/. */
  readonly file: string
  /** Stands there exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Mutant {
  readonly name: string
  /** What the seeds are to be like, where few of them would show it. */
  readonly profile?: Partial<Profile>
  /** False for a break that another rule mends: it has to stay clean. */
  readonly isFound: boolean
  /** Which other seeds have to find it: those with durable channels, or those whose backs come and go. */
  readonly seeds?: 'durable' | 'living'
  readonly patches: readonly Patch[]
}

function mutant(name: string, ...patches: readonly Patch[]): Mutant {
  return { name, isFound: true, patches }
}

/** Losses end long before the run does: of the last of all entries or turns nothing would tell. */
const LOSSES: Partial<Profile> = {
  clients: 12,
  actionEveryMs: 80,
  faultsMs: 25_000,
  faults: { delayMsMax: 10, breakEveryMs: 2_000, stallEveryMs: 5_000, stallMsMax: 1_000 },
}
const nowAndThen = (core: string): string => `${core}.clock.now() < 10_000 && Math.floor(${core}.clock.now()) % 3 === 0`

const FRONT_LOSES_ENTRIES: Patch = {
  file: 'relay/relayed-link.ts',
  find: '        this.#next = entry.clientSeq + 1\n',
  replace: `        this.#next = entry.clientSeq + 1\n        if (entry.kind === ENTRY.message && entry.clientSeq % 20 === 19 && ${nowAndThen('this.session.core')}) return\n`,
}
const FRONT_LOSES_TURNS: Patch = {
  file: 'relay/state-feed.ts',
  find: '  shared(block: SharedBlock): void {\n',
  replace: `  shared(block: SharedBlock): void {\n    if (this.#subscription.state === 'following' && block.version % 20 === 19 && ${nowAndThen('this.#core')}) return\n`,
}
const LINK_LOSES_TURNS: Patch = {
  file: 'relay/relayed-link.ts',
  find: "    if (state.state !== 'live') return\n    if (this.session.sink.congested) {\n",
  replace:
    `    if (state.state !== 'live' || (block.version % 20 === 19 && ${nowAndThen('this.session.core')})) return\n` +
    '    if (this.session.sink.congested) {\n',
}

function mended(name: string, ...patches: readonly Patch[]): Mutant {
  return { name, isFound: false, profile: LOSSES, patches }
}

/** Clients with little patience, at fronts that often stand still or cannot be reached. */
const RESTLESS: Partial<Profile> = {
  fronts: 3,
  backs: 1,
  clients: 8,
  heartbeatMs: 1_000,
  linkHeartbeatMs: 1_000,
  actionEveryMs: 80,
  faultsMs: 40_000,
  faults: {
    delayMsMin: 1,
    delayMsMax: 30,
    stallEveryMs: 800,
    stallMsMax: 6_000,
    partitionEveryMs: 1_500,
    partitionMsMax: 6_000,
    oneWayChance: 0.5,
    breakEveryMs: 500,
    halfOpenChance: 0.5,
    swallowedCloseChance: 0.5,
    spikeChance: 0.02,
    spikeMsMax: 3_000,
  },
}

/** Links that are refused again and again, since their owner cannot be reached. */
const RELINKED: Partial<Profile> = {
  backs: 2,
  clients: 8,
  actionEveryMs: 80,
  linkHeartbeatMs: 300,
  faultsMs: 20_000,
  faults: { crashEveryMs: 2_000, downMsMax: 4_000, partitionEveryMs: 2_000, partitionMsMax: 4_000 },
}

export const MUTANTS: readonly Mutant[] = [
  mutant('numbers that were taken are taken again', {
    file: 'back/session.ts',
    find: "if (entry.clientSeq <= this.#received) return { received: 'duplicate', entry }",
    replace: "if (entry.clientSeq <= this.#received) return { received: 'taken', entry }",
  }),
  mended('a front that loses entries, which the back notices', FRONT_LOSES_ENTRIES),
  {
    ...mutant('a back that does not notice lost entries', FRONT_LOSES_ENTRIES, {
      file: 'back/session.ts',
      find: "if (entry.clientSeq !== this.#received + 1) return { received: 'gap', entry }",
      replace: '',
    }),
    profile: LOSSES,
  },
  mended('a front that loses turns, which it notices', FRONT_LOSES_TURNS),
  {
    ...mutant(
      'a front that does not notice lost turns',
      FRONT_LOSES_TURNS,
      {
        file: 'history/history.ts',
        find: '|| block.previous !== this.version)',
        replace: '|| block.version <= this.version)',
      },
      {
        file: 'history/history-view.ts',
        find: 'if (block.previous !== this.#version ||',
        replace: 'if (block.version <= this.#version ||',
      },
    ),
    profile: LOSSES,
  },
  mended('a front that leaves out turns, which clients notice', LINK_LOSES_TURNS),
  {
    ...mutant('a client that does not notice left out turns', LINK_LOSES_TURNS, {
      file: 'session/inbound.ts',
      find: "    if (block !== null && block.previous !== at.version) return 'gap'\n",
      replace: '',
    }),
    profile: LOSSES,
  },
  mutant('what was taken is acknowledged before it is processed', {
    file: 'back/session.ts',
    find: 'return this.#firstUnreported === null ? this.#processed : ',
    replace: 'return this.#firstUnreported === null ? this.#received : ',
  }),
  {
    ...mutant('whoever comes later takes over, whatever its attach', {
      file: 'back/channel-sessions.ts',
      find: 'return known !== undefined && isOlder(order, known.order)',
      replace: 'return known !== undefined && isOlder(order, { tokenGeneration: 0, connectionAttempt: 0 })',
    }),
    profile: RESTLESS,
  },
  mutant(
    'GONE drops the session, whichever connection it came by',
    {
      file: 'back/channel-sessions.ts',
      find: '    if (!session.isAt(carrier, ref)) return\n',
      replace: "    if (session.state.phase === 'disconnected' || session.state.contact.state === 'grace') return\n",
    },
    { file: 'back/front-peer.ts', find: '    this.#bound.delete(ref)\n', replace: '' },
  ),
  mutant('a replaced connection is read', {
    file: 'back/front-peer.ts',
    find: '    this.#bound.delete(ref)\n',
    replace: '',
  }),
  mutant('a client applies a patch of another origin', {
    file: 'session/inbound.ts',
    find: '      at.version = this.#eventsUpTo = 0\n      at.loaded = false\n',
    replace: '',
  }),
  mutant(
    'a keyframe is older than the patches that are kept, and nothing notices',
    {
      file: 'history/turn-ring.ts',
      find: 'chunk.previous + chunk.evicted >= needed) return',
      replace: 'chunk.previous + chunk.evicted >= needed + 1_000_000) return',
    },
    {
      file: 'history/history.ts',
      find: 'if (!this.isOf(origin) || !this.#reaches(version) || version > to) return null',
      replace: 'if (!this.isOf(origin) || version > to) return null',
    },
  ),
  mutant(
    'a late result of a handler is applied',
    {
      file: 'back/keyed-task-queue.ts',
      find: '    if (run.outcome !== null || this.#runs.get(run.key) !== run) return\n',
      replace: '',
    },
    { file: 'back/keyed-task-queue.ts', find: '      if (this.#runs.get(run.key) !== run) continue\n', replace: '' },
  ),
  mutant('a keyframe says a version that it is not of', {
    file: 'back/state-stream.ts',
    find: 'version, bytes: this.#encoder.keyframe() })',
    replace: 'version: Math.max(0, version - 1), bytes: this.#encoder.keyframe() })',
  }),
  mutant('what was said to one client is not said again', {
    file: 'back/session.ts',
    find: '    this.#handed = this.#handedBytes = 0\n    // Also where',
    replace: '    // Also where',
  }),
  mutant('what was said to one client is taken twice', {
    file: 'session/inbound.ts',
    find: 'block.items.filter(({ serverSeq }) => serverSeq > this.#serverSeqTaken)',
    replace:
      'block.items.filter(({ serverSeq }) => (this.#serverSeqTaken = Math.max(this.#serverSeqTaken, serverSeq - 1)) >= 0)',
  }),
  mutant('clients keep without bound', {
    file: 'session/outbound.ts',
    find: '    expectRoom(this.#options.limits, this.#all.size, this.#retainedBytes, body.length)\n',
    replace: '',
  }),
  mutant('a client leaves the timers of its calls running', {
    file: 'session/wait-for.ts',
    find: '        timer.cancel()\n        signal?.remove',
    replace: '        signal?.remove',
  }),
  {
    ...mutant('a client remembers links that it has opened again', {
      file: 'session/link-set.ts',
      find: '      slot.relinking = null\n      this.#open(slot)\n',
      replace: '      this.#open(slot)\n',
    }),
    profile: RELINKED,
  },
  mutant('a front leaves the timer of its batches running', {
    file: 'relay/back-peer.ts',
    find: "    if (state.state !== 'up') return\n    state.flushing?.cancel()\n    this.#resume()\n",
    replace:
      "    if (state.state !== 'up') return\n    this.#core.clock.after(3_600_000, () => {})\n    this.#resume()\n",
  }),
  mutant('sessions in grace are kept for ever', {
    file: 'back/channel-sessions.ts',
    find: "    if (contact?.state === 'grace') this.#end(session, EXPIRED, contact)\n",
    replace: '',
  }),
  mutant('a front does not tell that a client has gone', {
    file: 'relay/relayed-link.ts',
    find: "    this.mirror.peer.send({ type: 'detach', ref: state.ref, reason, graceMs })\n",
    replace: '',
  }),
  mutant('a channel opens in an epoch that is not above what was seen', {
    file: 'back/open-channels.ts',
    find: 'Math.max(Math.floor(this.runtime.clock.wall()), this.#epoch + 1, epochSeen + 1)',
    replace: '++this.#epoch',
  }),
  mutant('what is private of a turn goes out behind what is shared', {
    file: 'back/turn-outcome.ts',
    find: '  sendPrivate(outcome)\n  fronts.release(outcome.version)\n',
    replace: '  fronts.release(outcome.version)\n  sendPrivate(outcome)\n',
  }),
  mutant('a client replays nothing', {
    file: 'session/outbound.ts',
    find: '.filter((entry) => entry.clientSeq > clientSeq)',
    replace: '.filter((entry) => entry.clientSeq > clientSeq + 1)',
  }),
  mutant('what was told to be unknown is sent again', {
    file: 'session/outbound.ts',
    find: '    this.#all.clear()\n',
    replace: '',
  }),
]

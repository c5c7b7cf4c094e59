/** One short session, frame by frame, on both hops: what docs/protocol.md prints, and golden bytes for the codecs. */
import { makeKeyframe, makeSharedBlock } from '../../src/protocol/blocks.js'
import type { ClientFrame, FrontFrame } from '../../src/protocol/client-frames.js'
import { ENTRY, ITEM } from '../../src/protocol/frame-types.js'
import { makeAnswer, makeFailure, makeItems, makeNamed, makeCancelled } from '../../src/protocol/link-frames.js'
import type { ToBackFrame, ToFrontFrame } from '../../src/protocol/master-frames.js'
import { encodeValue } from '../../src/value/encode-value.js'

const origin = { epoch: 7, nonce: '0123456789abcdef' }
const incarnation = 'fedcba9876543210'
const head = { channelId: 'arena/1', view: 0, epoch: 7, origin }
const past = { origin, epoch: 7, version: 2, serial: 1, serverSeqSeen: 1 }
const options = encodeValue({ team: 'red' })
const linked = {
  view: 0,
  origin,
  epoch: 7,
  version: 1,
  serial: 1,
  processed: 0,
  eventsVersion: 1,
  eventsAfter: 0,
  processor: true,
  wantsShown: false,
  imageAgeMs: null,
  reply: encodeValue('hi'),
}
const block = makeSharedBlock({
  ...head,
  version: 2,
  previous: 1,
  patch: Uint8Array.of(0xaa, 0xbb),
  events: [{ name: 'boom', except: ['ada'], payload: encodeValue({ x: 1 }) }],
})
const keyframe = makeKeyframe({ ...head, version: 1, bytes: Uint8Array.of(0xcc) })
const items = makeItems(2, [
  { serverSeq: 1, kind: ITEM.event, after: 0, body: makeNamed('boom', encodeValue(null)) },
  { serverSeq: 2, kind: ITEM.answer, after: 1, body: makeAnswer(2, encodeValue(7)) },
  {
    serverSeq: 3,
    kind: ITEM.failed,
    after: 1,
    body: makeFailure({ clientSeq: 1, reason: 'invalid', message: 'no', details: new Uint8Array(0) }),
  },
])
const move = makeNamed('move', encodeValue({ dx: 1 }))
const identity = {
  senderKind: 'client',
  sessionId: 'ada',
  userId: 'u1',
  data: encodeValue({ name: 'Ada' }),
  tokenGeneration: 0,
  beganAt: 0,
} as const
const nothing = new Uint8Array(0)

type Lines<Up, Down> = readonly ({ readonly up: Up } | { readonly down: Down })[]

/** Between a client and its front. */
export const CLIENT_HOP: Lines<ClientFrame, FrontFrame> = [
  {
    up: {
      type: 'hello',
      versionMin: 1,
      versionMax: 1,
      features: 0,
      frameBytesMax: 65_536,
      incarnation,
      token: 'secret',
      resume: '',
      connectionAttempt: 1,
    },
  },
  {
    down: {
      type: 'welcome',
      version: 1,
      features: 0,
      frameBytesMax: 4_194_304,
      sessionId: 'ada',
      userId: 'u1',
      resume: 'token',
      connectionAttempt: 1,
      heartbeatMs: 10_000,
      now: 1_700_000_000_000,
      frontId: 'front-1',
      incarnation,
      messagesPerSecond: 1_000,
      messagesBurst: 8_192,
    },
  },
  {
    up: {
      type: 'link',
      link: 1,
      request: { channelId: 'arena/1', linkNumber: 1, processor: true, past: null, options },
    },
  },
  { down: { type: 'status', link: 1, stalled: true, reason: 'unreachable' } },
  { down: { type: 'linked', link: 1, linked } },
  { down: { type: 'keyframe', keyframe } },
  { up: { type: 'entry', link: 1, entry: { clientSeq: 1, kind: ENTRY.message, context: null, body: move } } },
  {
    up: {
      type: 'entry',
      link: 1,
      entry: { clientSeq: 2, kind: ENTRY.request, context: null, body: makeNamed('buy', encodeValue(null)) },
    },
  },
  { down: { type: 'private', link: 1, epoch: 7, version: 2, items } },
  { down: { type: 'shared', block } },
  { up: { type: 'seen', link: 1, serverSeq: 3 } },
  { up: { type: 'broadcast', body: makeNamed('shout', encodeValue('hey')) } },
  { up: { type: 'ping', sent: 1.5 } },
  { down: { type: 'pong', sent: 1.5, now: 1_700_000_000_000 } },
  { down: { type: 'detached', link: 1, reason: 'connection-lost', relink: true, message: 'lost', details: null } },
  { up: { type: 'link', link: 2, request: { channelId: 'arena/1', linkNumber: 1, processor: true, past, options } } },
  {
    up: {
      type: 'entry',
      link: 2,
      entry: { clientSeq: 3, kind: ENTRY.cancelled, context: null, body: makeCancelled('withdrawn') },
    },
  },
  { up: { type: 'entry', link: 2, entry: { clientSeq: 4, kind: ENTRY.release, context: null, body: nothing } } },
  { up: { type: 'entry', link: 2, entry: { clientSeq: 5, kind: ENTRY.take, context: null, body: nothing } } },
  { up: { type: 'entry', link: 2, entry: { clientSeq: 6, kind: ENTRY.unlink, context: null, body: nothing } } },
  { down: { type: 'goaway', reason: 'draining', url: 'https://b.example', withinMs: 10_000 } },
  { up: { type: 'hidden', hidden: true } },
  { up: { type: 'away', graceMs: 5_000 } },
  { down: { type: 'authenticate', withinMs: 10_000 } },
  { up: { type: 'token', token: 'fresh' } },
  { up: { type: 'bye' } },
  { down: { type: 'refused', reason: 'versions', message: 'the client is too old', url: '' } },
]

/** Between that front and the owner. */
export const MASTER_HOP: Lines<ToBackFrame, ToFrontFrame> = [
  { down: { type: 'channel', channelId: 'arena/1', open: true, reason: 'reset' } },
  { up: { type: 'subscribe', channelId: 'arena/1', view: 0, epochSeen: 6, past: null } },
  {
    up: {
      type: 'masterLink',
      ref: 9,
      identity,
      connectionAttempt: 1,
      payer: '',
      request: { channelId: 'arena/1', linkNumber: 1, processor: true, past: null, options },
    },
  },
  { down: { type: 'keyframe', keyframe } },
  { down: { type: 'masterLinked', ref: 9, linked } },
  { up: { type: 'masterEntry', ref: 9, entry: { clientSeq: 1, kind: ENTRY.message, context: null, body: move } } },
  { down: { type: 'masterPrivate', channelId: 'arena/1', origin, epoch: 7, version: 2, links: [{ ref: 9, items }] } },
  { down: { type: 'shared', block } },
  { up: { type: 'masterSeen', ref: 9, serverSeq: 3 } },
  { up: { type: 'masterBroadcast', identity, connectionAttempt: 1, body: makeNamed('shout', encodeValue('hey')) } },
  { up: { type: 'renew', channelId: 'arena/1', view: 0, version: 2 } },
  { up: { type: 'detach', ref: 9, reason: 'connection-lost', graceMs: 0 } },
  { up: { type: 'subscribe', channelId: 'arena/1', view: 0, epochSeen: 7, past: { origin, version: 2 } } },
  {
    down: {
      type: 'masterDetached',
      ref: 9,
      reason: 'replaced',
      relink: false,
      message: 'newer',
      owner: null,
      details: null,
    },
  },
  { down: { type: 'kick', sessionId: 'ada', message: 'bye' } },
  { up: { type: 'release', ref: 9 } },
  { down: { type: 'channelStatus', channelId: 'arena/1', stalled: true, reason: 'store-unavailable' } },
  { down: { type: 'unreadable', sessionId: 'ada', message: 'cut short' } },
  { up: { type: 'end', sessionId: 'ada', reason: 'kicked' } },
  { up: { type: 'endUser', userId: 'u1', before: 1_700_000_000_000, message: 'bye' } },
  { down: { type: 'userEnded', userId: 'u1', before: 1_700_000_000_000, message: 'bye' } },
  { up: { type: 'unsubscribe', channelId: 'arena/1', view: 0 } },
]

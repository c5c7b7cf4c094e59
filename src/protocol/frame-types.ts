/**
 * The first byte of each frame, for both hops: explicit and never reused. Up to 0x3f a client speaks, from 0x40 a front speaks
 * to a client; from 0x80 a front speaks to a back, from 0xc0 a back to a front. SHARED and KEYFRAME are the same bytes on
 * both hops, because a front does not open them.
 */
export const FRAME = {
  hello: 0x01,
  link: 0x02,
  entry: 0x03,
  seen: 0x04,
  broadcast: 0x05,
  ping: 0x06,
  bye: 0x07,

  welcome: 0x41,
  refused: 0x42,
  linked: 0x43,
  detached: 0x44,
  shared: 0x45,
  keyframe: 0x46,
  private: 0x47,
  status: 0x48,
  pong: 0x49,
  goaway: 0x4a,

  subscribe: 0x81,
  unsubscribe: 0x82,
  masterLink: 0x83,
  masterEntry: 0x84,
  masterSeen: 0x85,
  gone: 0x86,
  masterBroadcast: 0x87,
  end: 0x88,
  renew: 0x89,

  masterPrivate: 0xc3,
  masterLinked: 0xc4,
  masterDetached: 0xc5,
  channel: 0xc6,
  kick: 0xc7,
} as const

/** What an entry of a link's numbered stream is. */
export const ENTRY = { message: 1, request: 2, unlink: 3, take: 4, release: 5, void: 6 } as const
export type EntryKind = (typeof ENTRY)[keyof typeof ENTRY]

/** What the channel says to one link alone. */
export const ITEM = { answer: 1, failed: 2, event: 3, processor: 4 } as const
export type ItemKind = (typeof ITEM)[keyof typeof ITEM]

/** Who a session speaks for. */
export const SPEAKER = { client: 0, front: 1, channel: 2 } as const
export type Speaker = keyof typeof SPEAKER

/** Versions of the protocol that this code speaks, on both hops. */
export const VERSION_MIN = 1
export const VERSION_MAX = 1

/** Optional abilities, a bit each, agreed on as the intersection; none yet. */
export const FEATURES = 0

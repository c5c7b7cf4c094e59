/**
 * The first byte of each frame, for both hops: explicit and never reused. Up to 0x3f a client speaks, from 0x40 a front speaks
 * to a client; from 0x80 a front speaks to a back, from 0xc0 a back to a front. SHARED and KEYFRAME are the same bytes on
 * both hops, because a front does not open them.
 */
export const hello = 0x01 as const
export const link = 0x02 as const
export const entry = 0x03 as const
export const seen = 0x04 as const
export const broadcast = 0x05 as const
export const ping = 0x06 as const
export const bye = 0x07 as const
export const welcome = 0x41 as const
export const refused = 0x42 as const
export const linked = 0x43 as const
export const detached = 0x44 as const
export const shared = 0x45 as const
export const keyframe = 0x46 as const
const privately = 0x47 as const
export const status = 0x48 as const
export const pong = 0x49 as const
export const goaway = 0x4a as const
/** Kept for state that may be lost, such as datagrams: no version sends it yet, and decoders refuse it. */
export const volatile = 0x4b as const
export const subscribe = 0x81 as const
export const unsubscribe = 0x82 as const
export const masterLink = 0x83 as const
export const masterEntry = 0x84 as const
export const masterSeen = 0x85 as const
export const detach = 0x86 as const
export const masterBroadcast = 0x87 as const
export const end = 0x88 as const
export const renew = 0x89 as const
export const masterPrivate = 0xc3 as const
export const masterLinked = 0xc4 as const
export const masterDetached = 0xc5 as const
export const channel = 0xc6 as const
export const kick = 0xc7 as const
export { privately as private }

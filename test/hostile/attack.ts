/** What an attack is, and what it is given: sockets, connections, time, and how much to do. The same attacks run on a simulated network. */
import type { ClientFrame } from '../../src/protocol/client-frames.js'
import { FEATURES, VERSION_MAX, VERSION_MIN } from '../../src/protocol/frame-types.js'

/** A client's socket of which each frame is said by hand. */
export interface AttackSocket {
  readonly isOpen: boolean
  /** How many frames of a type have come. */
  countOf(type: string): number
  /** Frames as one message. */
  say(...frames: ClientFrame[]): void
  /** A message that is whatever it is. */
  raw(message: Uint8Array): void
  /** Reads nothing any more. */
  stopReading(): void
  /** Goes without a word. */
  leave(): void
}

/** Bytes to a listener, which may be no protocol at all. */
export interface AttackStream {
  readonly isOpen: boolean
  write(bytes: Uint8Array | string): void
  leave(): void
}

export interface Battlefield {
  /** Of so much, what is to be done: all of it in earnest, little in a quick test. */
  some(count: number): number
  /** Pauses, in milliseconds; false once the attack is over. */
  next(pauseMs: number): Promise<boolean>
  /** A socket to the front, open or refused. `address`: which of the attacker's. */
  dial(address?: number): Promise<AttackSocket>
  /** Waits a moment for so many frames of a type, which may not come. */
  heard(socket: AttackSocket, type: string, count?: number): Promise<void>
  /** A connection to the port of the front or of the back. Null where there are no ports. */
  connect(to: 'front' | 'back', address?: number): Promise<AttackStream> | null
}

export interface Attack {
  readonly name: string
  readonly by: 'stranger' | 'client' | 'application'
  /** It needs ports: a simulated network has none. */
  readonly onPorts?: true
  run(field: Battlefield): Promise<void>
}

export const HELLO = {
  type: 'hello',
  versionMin: VERSION_MIN,
  versionMax: VERSION_MAX,
  features: FEATURES,
  frameBytesMax: 1 << 26,
  incarnation: '0123456789abcdef',
  token: 'mallory',
  resume: '',
  connectionAttempt: 1,
} as const

/** A socket that has been let in, as the user mallory unless given. */
export async function welcomed(field: Battlefield, token = 'mallory', address = 0): Promise<AttackSocket> {
  const socket = await field.dial(address)
  socket.say({ ...HELLO, token })
  await field.heard(socket, 'welcome')
  return socket
}

export function linkFrame(link: number, channelId: string, options: Uint8Array | null = null): ClientFrame {
  return { type: 'link', link, request: { channelId, linkNumber: link, processor: false, past: null, options } }
}

/** A socket that has a link, number 1. */
export async function linked(field: Battlefield, channelId: string, token?: string): Promise<AttackSocket> {
  const socket = await welcomed(field, token)
  socket.say(linkFrame(1, channelId))
  await field.heard(socket, 'linked')
  return socket
}

export function leaveAll(sockets: Iterable<{ leave(): void }>): void {
  for (const socket of sockets) socket.leave()
}

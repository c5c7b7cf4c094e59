/** Real sockets and real time for attacks. */
import { connect as connectTcp, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { encodeClientFrame, FRONT_FRAMES } from '../../src/protocol/client-frames.js'
import { packFrames, unpackFrames } from '../../src/protocol/pack-frames.js'
import type { AttackSocket, AttackStream, Battlefield } from './attack.js'

export interface Port {
  readonly host: string
  readonly port: number
}

export interface FieldOptions {
  readonly front: Port
  readonly back: Port
  /** How much of all there is to do. */
  readonly share: number
  /** Whether the attack goes on after another pause; it pauses. */
  next(pauseMs: number): Promise<boolean>
}

/** How long an attacker waits for what may not come, in milliseconds: at a port that swallows all it never does. */
const WAIT_MS = 300
/** What an attacker has sent and has not left it yet: beyond it the attacker waits as well, or it would only fill its own memory. */
const BACKLOG_BYTES_MAX = 16 << 20
/** Sockets that are being opened at once. */
const OPENING_MAX = 64

const TYPES = new Map(Object.entries(FRONT_FRAMES).map(([name, frame]) => [name, frame.byte]))

export function webSocketField(options: FieldOptions): Battlefield {
  const opening = { count: 0 }
  const turn = async (): Promise<void> => {
    while (opening.count >= OPENING_MAX) await pause(1)
  }
  return {
    some: (count) => Math.max(1, Math.ceil(count * options.share)),
    next: options.next,
    async dial(address = 0) {
      await turn()
      opening.count++
      const socket = new RealSocket(options.front, address)
      await Promise.race([socket.opened, pause(WAIT_MS, undefined, { ref: false })])
      opening.count--
      return socket
    },
    async heard(socket, type, count = 1) {
      const end = performance.now() + WAIT_MS
      while (socket.isOpen && socket.countOf(type) < count && performance.now() < end) await pause(2)
    },
    async connect(to, address = 0) {
      await turn()
      opening.count++
      const stream = new RealStream(options[to], address)
      await Promise.race([stream.opened, pause(WAIT_MS, undefined, { ref: false })])
      opening.count--
      return stream
    },
  }
}

/** An address of this machine that is none of an honest client. */
function from(host: string, address: number): { localAddress?: string } {
  return host.startsWith('127.') ? { localAddress: `127.0.0.${address + 2}` } : {}
}

class RealSocket implements AttackSocket {
  readonly opened: Promise<void>
  readonly #webSocket: WebSocket
  readonly #counts = new Map<number, number>()

  constructor({ host, port }: Port, address: number) {
    this.#webSocket = new WebSocket(`ws://${host}:${port}/`, 'centrum', {
      ...from(host, address),
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.#webSocket.on('error', () => {})
    this.#webSocket.on('message', (data) => this.#take(data as Buffer))
    this.opened = new Promise((resolve) => {
      this.#webSocket.once('open', resolve)
      this.#webSocket.once('close', () => resolve())
    })
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN
  }

  countOf(type: string): number {
    return this.#counts.get(TYPES.get(type) ?? -1) ?? 0
  }

  say(...frames: Parameters<AttackSocket['say']>): void {
    if (this.#hasRoom) this.raw(packFrames(frames.map((frame) => encodeClientFrame(frame))))
  }

  raw(message: Uint8Array): void {
    if (this.#hasRoom) this.#webSocket.send(message, () => {})
  }

  stopReading(): void {
    this.#webSocket.pause()
  }

  leave(): void {
    this.#webSocket.terminate()
  }

  get #hasRoom(): boolean {
    return this.isOpen && this.#webSocket.bufferedAmount < BACKLOG_BYTES_MAX
  }

  /** Frames are counted, not read: an attacker that is busy attacks less. */
  #take(message: Buffer): void {
    for (const frame of unpackFrames(message, message.length)) {
      const type = frame[0] ?? 0
      this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1)
    }
  }
}

class RealStream implements AttackStream {
  readonly opened: Promise<void>
  readonly #socket: Socket

  constructor({ host, port }: Port, address: number) {
    this.#socket = connectTcp({ host, port, ...from(host, address) })
    this.#socket.on('error', () => {})
    this.opened = new Promise((resolve) => {
      this.#socket.once('connect', resolve)
      this.#socket.once('close', () => resolve())
    })
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  write(bytes: Uint8Array | string): void {
    if (this.isOpen) this.#socket.write(bytes)
  }

  leave(): void {
    this.#socket.destroy()
  }
}

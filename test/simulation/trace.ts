/** What one client said and was told, frame by frame, for whoever looks for the cause of a finding. */
import {
  type ClientFrame,
  decodeClientFrame,
  decodeFrontFrame,
  type FrontFrame,
} from '../../src/protocol/client-frames.js'
import { unpackFrames } from '../../src/protocol/pack-frames.js'
import { readItems, readNamed } from '../../src/protocol/link-frames.js'
import type { SimulatedProcess } from '../../src/testing/simulated-process.js'
import type { SocketTap } from '../../src/testing/simulated-web-socket.js'

const FRAME_BYTES_MAX = 64 * 1024 * 1024

export class Trace implements SocketTap {
  readonly #inner: SocketTap
  readonly #client: string
  readonly #now: () => number

  constructor(inner: SocketTap, client: string, now: () => number) {
    this.#inner = inner
    this.#client = client
    this.#now = now
  }

  sent(client: SimulatedProcess, socket: number, message: Uint8Array): void {
    if (client.id === this.#client) {
      for (const bytes of unpackFrames(message, FRAME_BYTES_MAX))
        this.#say(socket, '→', sketch(decodeClientFrame(bytes)))
    }
    this.#inner.sent(client, socket, message)
  }

  reached(client: SimulatedProcess, socket: number, front: SimulatedProcess, message: Uint8Array): void {
    this.#inner.reached(client, socket, front, message)
  }

  received(client: SimulatedProcess, socket: number, message: Uint8Array): void {
    if (client.id === this.#client) {
      for (const bytes of unpackFrames(message, FRAME_BYTES_MAX))
        this.#say(socket, '←', sketch(decodeFrontFrame(bytes)))
    }
    this.#inner.received(client, socket, message)
  }

  #say(socket: number, way: string, text: string): void {
    console.log(`${(this.#now() / 1_000).toFixed(4)} ${this.#client}#${socket} ${way} ${text}`)
  }
}

function sketch(frame: ClientFrame | FrontFrame): string {
  switch (frame.type) {
    case 'shared': {
      const { channelId, epoch, version, previous, turns } = frame.block
      return `shared ${channelId} @${epoch} ${previous}→${version} ${turns.length} bytes`
    }
    case 'keyframe':
      return `keyframe ${frame.keyframe.channelId} @${frame.keyframe.epoch} ${frame.keyframe.version}`
    case 'private': {
      const { acknowledged, items } = readItems(frame.items)
      return `private ${frame.link} @${frame.epoch} ${frame.version} ack ${acknowledged} ${items.map(({ serverSeq, kind, after }) => `u${serverSeq}:${kind}+${after}`).join(' ')}`
    }
    case 'entry': {
      const { clientSeq, kind, body } = frame.entry
      const name = kind === 1 || kind === 2 ? readNamed(body).name : ''
      return `entry ${frame.link} n${clientSeq} kind ${kind} ${name}`
    }
    default:
      return JSON.stringify(frame, (_key, value: unknown) =>
        value instanceof Uint8Array ? `${value.length} bytes` : value,
      )
  }
}

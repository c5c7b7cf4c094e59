/** What carries a client's messages to the gateway, played by a test: it says frames, keeps what it is sent, and takes in as much as the test says. */
import type { CarrierEvents, ClientCarrier } from '../../src/gateway/client-carrier.js'
import type { ClientSockets } from '../../src/gateway/client-sockets.js'
import {
  type ClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  type FrontFrame,
} from '../../src/protocol/client-frames.js'
import { packFrames, unpackFrames } from '../../src/protocol/pack-frames.js'
import { FEATURES, VERSION_MAX, VERSION_MIN } from '../../src/protocol/frame-types.js'
import { ServerMessages } from '../../src/testing/server-messages.js'

export class ScriptedCarrier implements ClientCarrier {
  buffered = 0
  readonly heard: FrontFrame[] = []
  closedWith: number | null = null
  pings = 0
  readonly pongs: Uint8Array[] = []
  paused = false
  readonly #messages = new ServerMessages()
  readonly #events: CarrierEvents

  get events(): CarrierEvents {
    return this.#events
  }

  constructor(sockets: ClientSockets, remoteAddress = '127.0.0.1') {
    this.#events = sockets.accept(this, { headers: {}, remoteAddress })
  }

  say(...frames: ClientFrame[]): void {
    this.#events.message(packFrames(frames.map(encodeClientFrame)), true)
  }

  hello(resume = '', connectionAttempt = 1): void {
    const versions = { versionMin: VERSION_MIN, versionMax: VERSION_MAX, features: FEATURES, frameBytesMax: 1 << 20 }
    this.say({ type: 'hello', ...versions, incarnation: '0123456789abcdef', token: '', resume, connectionAttempt })
  }

  all<T extends FrontFrame['type']>(type: T): Extract<FrontFrame, { readonly type: T }>[] {
    return this.heard.filter((frame): frame is Extract<FrontFrame, { readonly type: T }> => frame.type === type)
  }

  /** All that waited has left. */
  drained(): void {
    this.buffered = 0
    this.#events.drained()
  }

  write(pieces: readonly Uint8Array[]): boolean {
    for (const piece of pieces) {
      for (const message of this.#messages.take(piece)) {
        for (const frame of unpackFrames(message, message.length)) this.heard.push(decodeFrontFrame(frame))
      }
    }
    return this.buffered === 0
  }

  close(code: number): void {
    this.closedWith ??= code
  }

  welcomed(): void {}

  ping(): void {
    this.pings++
  }

  pong(data: Uint8Array): void {
    this.pongs.push(data)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  terminate(): void {
    this.close(1006)
    this.#events.closed()
  }
}

/** A client that says frames one by one over a real WebSocket, and notes what comes. It may also say what is no frame. */
import { WebSocket } from 'ws'
import {
  type ClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  type FrontFrame,
  type ClientHello,
} from '../../src/protocol/client-frames.js'
import { packFrames, unpackFrames } from '../../src/protocol/pack-frames.js'
import { FEATURES, VERSION_MAX, VERSION_MIN } from '../../src/protocol/frame-types.js'

export type HeardAs<T extends FrontFrame['type']> = Extract<FrontFrame, { readonly type: T }>

/** How long a test waits for what must come, in milliseconds. */
const WAIT_MS = 20_000

export class RawClient {
  readonly heard: FrontFrame[] = []
  /** The WebSocket messages as they came. */
  readonly messages: Buffer[] = []
  readonly webSocket: WebSocket
  readonly closed: Promise<{ readonly code: number; readonly text: string }>
  readonly #waiting = new Set<() => void>()

  constructor(url: string, headers: Record<string, string> = {}) {
    this.webSocket = new WebSocket(url.replace('http', 'ws'), { headers, perMessageDeflate: false })
    this.webSocket.on('message', (data) => {
      const message = data as Buffer
      this.messages.push(message)
      for (const frame of unpackFrames(message, message.length)) this.heard.push(decodeFrontFrame(frame))
      for (const heed of [...this.#waiting]) heed()
    })
    this.webSocket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      this.webSocket.on('close', (code, text) => resolve({ code, text: text.toString() }))
    })
  }

  async open(): Promise<this> {
    if (this.webSocket.readyState === WebSocket.OPEN) return this
    await new Promise<void>((resolve, reject) => {
      this.webSocket.once('open', () => resolve())
      this.webSocket.once('close', (code) => reject(new Error(`closed with ${code} before it was open`)))
      this.webSocket.once('error', reject)
    })
    return this
  }

  /** Frames as one message. */
  say(...frames: ClientFrame[]): void {
    this.raw(packFrames(frames.map(encodeClientFrame)))
  }

  raw(bytes: Uint8Array | string): void {
    this.webSocket.send(bytes)
  }

  hello(more: Partial<ClientHello> = {}): void {
    this.say({
      type: 'hello',
      versionMin: VERSION_MIN,
      versionMax: VERSION_MAX,
      features: FEATURES,
      frameBytesMax: 1 << 26,
      incarnation: '0123456789abcdef',
      token: '',
      resume: '',
      connectionAttempt: 1,
      ...more,
    })
  }

  link(link: number, channelId = 'room/1', linkNumber = link): void {
    this.say({ type: 'link', link, request: { channelId, linkNumber, processor: false, past: null, options: null } })
  }

  all<T extends FrontFrame['type']>(type: T): HeardAs<T>[] {
    return this.heard.filter((frame): frame is HeardAs<T> => frame.type === type)
  }

  /** The `count`th frame of a type, as soon as it has come. Rejects when it does not, or when the socket closes before. */
  async next<T extends FrontFrame['type']>(type: T, count = 1): Promise<HeardAs<T>> {
    const found = (): HeardAs<T> | undefined => this.all(type)[count - 1]
    const known = found()
    if (known !== undefined) return known
    return await new Promise((resolve, reject) => {
      const heed = (): void => {
        const frame = found()
        if (frame === undefined) return
        finish()
        resolve(frame)
      }
      const fail = (why: string) => (): void => {
        finish()
        reject(new Error(`no ${type} ${count}: ${why}; heard ${this.heard.map((frame) => frame.type).join(', ')}`))
      }
      const onClose = fail('the socket closed')
      const timer = setTimeout(fail(`waited ${WAIT_MS} ms`), WAIT_MS)
      const finish = (): void => {
        clearTimeout(timer)
        this.webSocket.off('close', onClose)
        this.#waiting.delete(heed)
      }
      this.#waiting.add(heed)
      this.webSocket.on('close', onClose)
    })
  }

  /** HELLO, and what WELCOME says. */
  async welcome(more: Partial<ClientHello> = {}): Promise<HeardAs<'welcome'>> {
    await this.open()
    this.hello(more)
    return await this.next('welcome')
  }

  leave(): void {
    this.webSocket.terminate()
  }
}

/**
 * A front played by a test: WebSockets that a client makes appear here, and say what the test, or a channel played by hand,
 * has to say. Nothing moves by itself.
 */
import assert from 'node:assert/strict'
import { connect, type ConnectOptions, type Connection, connectPlain } from '../../src/client/index.js'
import {
  type ClientFrame,
  decodeClientFrame,
  encodeFrontFrame,
  type FrontFrame,
  type ClientWelcome,
} from '../../src/protocol/client-frames.js'
import { packFrames, unpackFrames } from '../../src/protocol/pack-frames.js'
import { closeCodeOf, type Reason } from '../../src/protocol/reasons.js'
import type { Log, LogFields, PageEvent } from '../../src/runtime/runtime.js'
import { StateEncoder } from '../../src/state/index.js'
import { HandChannel } from './hand-channel.js'
import { ManualClock } from './manual-clock.js'

export class HandSocket {
  binaryType = 'blob'
  bufferedAmount = 0
  onopen: ((event: unknown) => void) | null = null
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onerror: ((event: unknown) => void) | null = null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null
  readonly url: string
  /** The messages that the client sent, each with its frames. */
  readonly messages: ClientFrame[][] = []
  closedWith: number | null = null
  /** Whether the front answers, as one that is there does. */
  answersPings = true
  onHeard: (frame: ClientFrame) => void = () => {}

  constructor(url: string) {
    this.url = url
  }

  /** What the client sent, one frame after the other. */
  get heard(): ClientFrame[] {
    return this.messages.flat()
  }

  all<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { readonly type: T }>[] {
    return this.heard.filter((frame): frame is Extract<ClientFrame, { readonly type: T }> => frame.type === type)
  }

  send(data: Uint8Array): void {
    assert.equal(this.closedWith, null, 'nothing is sent on a closed socket')
    const frames = [...unpackFrames(data, 1e9)].map((bytes) => decodeClientFrame(bytes))
    this.messages.push(frames)
    for (const frame of frames) {
      this.onHeard(frame)
      if (frame.type === 'ping' && this.answersPings) queueMicrotask(() => this.#pong(frame.sent))
    }
  }

  #pong(sent: number): void {
    if (this.closedWith === null) this.say({ type: 'pong', sent, now: 1_800_000_000_000 })
  }

  close(code = 1005): void {
    this.closedWith ??= code
  }

  /** The network has made the connection. */
  accept(): this {
    assert.equal(this.binaryType, 'arraybuffer')
    this.onopen?.({})
    return this
  }

  /** The front says these frames in one message. */
  say(...frames: FrontFrame[]): void {
    this.receive(packFrames(frames.map((frame) => encodeFrontFrame(frame))))
  }

  receive(data: Uint8Array | string): void {
    this.onmessage?.({ data: typeof data === 'string' ? data : data.slice().buffer })
  }

  welcome(words: Partial<ClientWelcome> = {}): this {
    const connectionAttempt = this.all('hello').at(-1)?.connectionAttempt ?? 0
    this.say({
      type: 'welcome',
      version: 1,
      features: 0,
      frameBytesMax: 65_536,
      sessionId: 'ada',
      userId: 'u1',
      resume: 'secret',
      connectionAttempt,
      heartbeatMs: 10_000,
      now: 1_800_000_000_000,
      frontId: 'front-1',
      incarnation: '0123456789abcdef',
      messagesPerSecond: 0,
      messagesBurst: 0,
      ...words,
    })
    return this
  }

  /** The connection breaks, or the front closes it. */
  drop(why: Reason | number = 1006, text = ''): void {
    this.closedWith ??= 0
    this.onclose?.({ code: typeof why === 'number' ? why : closeCodeOf(why), reason: text })
  }
}

export interface Logged {
  readonly level: string
  readonly event: string
  readonly fields: LogFields
}

export interface HandFrontMore {
  readonly isDevelopment?: boolean
  /** Whether the client is that of `connectPlain`. */
  readonly isPlain?: boolean
}

/** A client, its clock, and the fronts that it finds. */
export class HandFront {
  readonly clock = new ManualClock()
  readonly sockets: HandSocket[] = []
  readonly logged: Logged[] = []
  readonly connection: Connection
  readonly channel = new HandChannel()
  /** Something happens to the page; null where the client does not listen. */
  page: ((event: PageEvent) => void) | null = null
  isHidden = false
  /** What chance says next; 0.5 by default. */
  chance: () => number = () => 0.5

  constructor(
    urls: string | string[] = 'ws://front',
    options: ConnectOptions = {},
    { isPlain = false, ...more }: HandFrontMore = {},
  ) {
    // Patches are numbered: one encoder makes those of a history, and keyframes of what it has come by.
    let encoder = new StateEncoder({ text: '', kept: { deep: [1] } })
    const keyframes = new Map<string, Uint8Array>()
    const begin = (text: string): void => {
      encoder = new StateEncoder({ text, kept: { deep: [1] } })
      keyframes.set(text, encoder.keyframe())
    }
    this.channel.encodeState = (text) => {
      if (!keyframes.has(text)) begin(text)
      return keyframes.get(text) ?? assert.fail('no keyframe')
    }
    this.channel.encodeChange = (from, to) => {
      if (encoder.state.text !== from) begin(from)
      encoder.state.text = to
      const patch = encoder.patch() ?? assert.fail('nothing changed')
      keyframes.set(to, encoder.keyframe())
      return patch
    }
    const { sockets } = this
    class Socket extends HandSocket {
      constructor(url: string) {
        super(url)
        sockets.push(this)
      }
    }
    const line =
      (level: string) =>
      (event: string, fields: LogFields = {}): void =>
        void this.logged.push({ level, event, fields })
    const log: Log = {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: () => log,
    }
    const random = { float: () => this.chance(), bytes: (count: number) => new Uint8Array(count).fill(7) }
    const isHidden = (): boolean => this.isHidden
    const page = {
      get isHidden() {
        return isHidden()
      },
      listen: (run: (event: PageEvent) => void) => {
        this.page = run
        return () => {
          this.page = null
        }
      },
    }
    const all = { WebSocket: Socket, runtime: { clock: this.clock, random, log, page, ...more }, ...options }
    const plain = isPlain ? (connectPlain(urls, all as ConnectOptions) as Connection) : null
    this.connection = plain ?? connect(urls, all as ConnectOptions)
  }

  get socket(): HandSocket {
    return this.sockets.at(-1) ?? assert.fail('no socket was made')
  }

  /** Lets promises settle. */
  async settle(ms = 0): Promise<void> {
    await this.clock.run(ms)
    await this.clock.run(0)
  }

  /** The last socket is accepted and welcome, and carries the channel. */
  async welcome(words: Partial<ClientWelcome> = {}): Promise<HandSocket> {
    await this.settle()
    const { socket, channel } = this
    socket.onHeard = (frame) => {
      if (frame.type === 'link' || frame.type === 'entry' || frame.type === 'seen') channel.hear(frame)
    }
    socket.accept()
    await this.settle()
    socket.welcome(words)
    await this.settle()
    return socket
  }

  /** One turn of the channel, and all that it says in one message. */
  async turn(options: Parameters<HandChannel['turn']>[0] = {}): Promise<void> {
    await this.settle()
    this.channel.turn(options)
    const said = this.channel.said.splice(0)
    if (said.length > 0) this.socket.say(...said)
    await this.settle()
  }

  /** A connection that is welcome and linked. */
  static async linked(options: ConnectOptions = {}, settings: { processor?: boolean } = {}, more: HandFrontMore = {}) {
    const front = new HandFront('ws://front', options, more)
    await front.welcome()
    const linking = front.connection.link('arena/1', settings)
    await front.turn()
    return { front, link: await linking, connection: front.connection, channel: front.channel }
  }

  /** The connection breaks and is made again. */
  async breakOff(): Promise<HandSocket> {
    this.channel.lose()
    this.socket.drop()
    await this.settle(10_000)
    return this.welcome()
  }
}

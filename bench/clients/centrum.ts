/** The least client of centrum: HELLO, LINK and numbered entries; the same session and link when it comes back. */
import { randomBytes } from 'node:crypto'
import {
  type ClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  encodeValue,
  ENTRY,
  FRAME,
  type FrontFrame,
  type LinkPast,
  makeNamed,
  packFrames,
  unpackFrames,
  VERSION_MAX,
  VERSION_MIN,
} from 'centrum/protocol'
import type { WebSocket } from 'ws'
import { type BareClient, breakOff, type Dialect, open, type Sink } from './dialect.js'

const FRAME_BYTES_MAX = 64 * 1024 * 1024
const PUSH = makeNamed('push', encodeValue({ dx: 0.5, dy: -0.25 }))
const LINK = 1

class CentrumClient implements BareClient {
  readonly #url: string
  readonly #channelId: string
  readonly #sink: Sink
  readonly #incarnation = randomBytes(8).toString('hex')
  #socket: WebSocket | null = null
  #resume = ''
  #connectionAttempt = 0
  #past: LinkPast | null = null
  /** The last frame that said a version. */
  #last: Uint8Array | null = null
  #n = 0
  #linked = false
  /** Whether this socket had its WELCOME: it comes again to renew the token. */
  #welcomed = false

  constructor(url: string, channelId: string, sink: Sink) {
    this.#url = url
    this.#channelId = channelId
    this.#sink = sink
  }

  dial(): Promise<void> {
    return new Promise((resolve) => {
      let wanted: number | null = null
      const check = (version: number): void => {
        if (wanted === null || version < wanted) return
        wanted = null
        resolve()
      }
      const socket = open(this.#url, this.#sink, (data) => {
        for (const bytes of unpackFrames(data, FRAME_BYTES_MAX)) {
          if (bytes[0] === FRAME.shared || bytes[0] === FRAME.keyframe) this.#last = bytes
          // Once it is up to date nothing else is opened.
          if (wanted === null && bytes[0] !== FRAME.welcome && bytes[0] !== FRAME.linked) refuse(bytes)
          else this.#take(bytes, (version) => (wanted = version), check)
        }
      })
      this.#socket = socket
      this.#welcomed = false
      socket.on('open', () => {
        this.#say({
          type: 'hello',
          versionMin: VERSION_MIN,
          versionMax: VERSION_MAX,
          features: 0,
          frameBytesMax: FRAME_BYTES_MAX,
          incarnation: this.#incarnation,
          token: '',
          resume: this.#resume,
          connectionAttempt: ++this.#connectionAttempt,
        })
      })
    })
  }

  #take(bytes: Uint8Array, want: (version: number) => void, check: (version: number) => void): void {
    const frame = decodeFrontFrame(bytes)
    if (frame.type === 'welcome') {
      const isFirst = !this.#welcomed
      this.#welcomed = true
      this.#resume = frame.resume
      const request = { channelId: this.#channelId, linkNumber: 1, processor: false, past: this.#past, options: null }
      if (isFirst) this.#say({ type: 'link', link: LINK, request })
    } else if (frame.type === 'linked') {
      this.#linked = true
      const { origin, epoch, version, serial } = frame.linked
      const had = this.#past?.version ?? 0
      this.#past = { origin, epoch, version: had, serial, serverSeqSeen: 0 }
      want(version)
      check(had)
    } else if (frame.type === 'keyframe' || frame.type === 'shared') {
      check(versionOf(frame))
    }
  }

  push(): void {
    this.#say({
      type: 'entry',
      link: LINK,
      entry: { clientSeq: ++this.#n, kind: ENTRY.message, context: null, body: PUSH },
    })
  }

  beat(): void {
    if (this.#linked) this.#say({ type: 'ping', sent: 0 })
  }

  drop(): void {
    this.#linked = false
    if (this.#socket !== null) breakOff(this.#socket)
    this.#socket = null
    if (this.#last === null || this.#past === null) return
    const frame = decodeFrontFrame(this.#last)
    if (frame.type === 'keyframe' || frame.type === 'shared') this.#past = { ...this.#past, version: versionOf(frame) }
  }

  comeBack(): Promise<void> {
    return this.dial()
  }

  #say(frame: ClientFrame): void {
    this.#socket?.send(packFrames([encodeClientFrame(frame)]))
  }
}

function versionOf(frame: Extract<FrontFrame, { readonly type: 'keyframe' | 'shared' }>): number {
  return frame.type === 'keyframe' ? frame.keyframe.version : frame.block.version
}

/** What must not happen in a bench. */
function refuse(bytes: Uint8Array): void {
  if (bytes[0] === FRAME.refused || bytes[0] === FRAME.detached || bytes[0] === FRAME.goaway) {
    throw new Error(`an end: ${JSON.stringify(decodeFrontFrame(bytes))}`)
  }
}

export const centrum: Dialect = {
  async join(url, room, sink) {
    const client = new CentrumClient(url.replace('http', 'ws'), `room/${room}`, sink)
    await client.dial()
    return client
  },
}

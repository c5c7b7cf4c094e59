/**
 * A link's end and who holds it, over a connection that a test moves frame by frame and breaks as it likes. It notes all that
 * it is told, and checks that each patch fits the state that it has.
 */
import assert from 'node:assert/strict'
import type { CentrumError } from '../../src/protocol/errors.js'
import type { Origin } from '../../src/protocol/origin.js'
import type { Reason } from '../../src/protocol/reasons.js'
import { defaultsOf } from '../../src/options/limit-table.js'
import { LINK_END_LIMITS, type LinkEndLimits } from '../../src/session/link-end-limits.js'
import { newLinkEndCounts } from '../../src/session/link-end-state.js'
import { LinkEnd } from '../../src/session/link-end.js'
import type { EndStatus, LinkCarrier, LinkFrame, LinkHolder } from '../../src/session/link-holder.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { CHANNEL, type HandChannel } from './hand-channel.js'

export interface HandLinkOptions {
  readonly processor?: boolean
  readonly limits?: Partial<LinkEndLimits>
  /** Whether `go()` is called as soon as it is live. */
  readonly go?: boolean
  readonly linkNumber?: number
  readonly epochSeen?: number
}

export class HandLink {
  readonly end: LinkEnd
  readonly channel: HandChannel
  /** What it has said and the channel has not heard yet. */
  readonly sent: LinkFrame[] = []
  /** Everything it was told, in order, as text. */
  readonly told: string[] = []
  readonly refused = new Map<number, CentrumError>()
  readonly againAfter: number[] = []
  text: string | null = null
  /** The history that the text belongs to. */
  origin: Origin | null = null
  open = false
  /** Called with each thing that is told, while it is told. */
  listener: (what: string) => void = () => {}
  #link = 0

  constructor(channel: HandChannel, options: HandLinkOptions = {}) {
    const { processor = false, limits, go = true, linkNumber = 1, epochSeen = 0 } = options
    this.channel = channel
    this.end = new LinkEnd(
      {
        channelId: CHANNEL,
        linkNumber,
        options: null,
        processor,
        epochSeen,
        limits: { ...defaultsOf(LINK_END_LIMITS), ...limits },
        counts: newLinkEndCounts(),
      },
      this.#holder(),
      this.#carrier(go),
    )
  }

  /** A new connection. */
  connect(sessionId = 'ada'): void {
    this.open = true
    this.end.open(++this.#link, sessionId)
  }

  /** The connection is lost, with everything that is on the way in either direction. */
  lose(): void {
    if (!this.open) return
    this.open = false
    this.sent.length = 0
    this.channel.lose()
    this.end.disconnected('connection-lost')
  }

  /** Lets the channel hear up to so many frames. */
  up(count = Infinity): void {
    for (let i = 0; i < count && this.sent.length > 0; i++) this.channel.hear(this.sent.shift() as LinkFrame)
  }

  /** Lets the link's end hear up to so many frames. */
  down(count = Infinity): void {
    for (let i = 0; i < count; i++) {
      const frame = this.channel.said.shift()
      if (frame === undefined) return
      this.end.receive(frame)
    }
  }

  /** Turns and frames in both directions until nothing is left to say. */
  settle(): void {
    for (let i = 0; i < 20; i++) {
      this.end.flush()
      this.up()
      this.channel.turn()
      this.down()
    }
  }

  /** Connects and has it live. */
  link(): this {
    this.connect()
    this.settle()
    assert.equal(this.end.state, 'live')
    return this
  }

  send(payload: string, name = 'say'): number {
    return this.end.send(name, encodeValue(payload))
  }

  /** Answers are told as `answer n: …`, failures as `failed n: code`. */
  request(payload: string, name = 'ask'): number {
    const n: number = this.end.send(name, encodeValue(payload), {
      answer: (result) => this.#tell(`answer ${n}: ${String(decodeValue(result))}`),
      failed: (error) => this.#tell(`failed ${n}: ${error.code}`),
    })
    return n
  }

  setProcessor(is: boolean): number {
    return this.end.setProcessor(is, {
      answer: () => this.#tell(is ? 'taken' : 'released'),
      failed: ({ code }) => this.#tell(`${is ? 'take' : 'release'} failed: ${code}`),
    })
  }

  /** What was told of one kind, without the kind. */
  all(kind: string): string[] {
    return this.told.filter((what) => what.startsWith(`${kind} `)).map((what) => what.slice(kind.length + 1))
  }

  #tell(what: string): void {
    this.told.push(what)
    this.listener(what)
  }

  #carrier(go: boolean): LinkCarrier {
    return {
      send: (frame) => {
        assert.ok(this.open, 'nothing is sent without a connection')
        this.sent.push(frame)
      },
      acknowledged: (n) => this.#tell(`acknowledged ${n}`),
      status: (status: EndStatus, reason: Reason | null) => {
        this.#tell(`status ${status} ${String(reason)}`)
        if (status === 'live' && go) this.end.go()
      },
      processor: (is, reason) => this.#tell(`processor ${is} ${String(reason)}`),
      relink: (failures) => {
        this.againAfter.push(failures)
        if (this.open) this.connect()
      },
    }
  }

  #holder(): LinkHolder {
    return {
      linked: ({ serial }) => this.#tell(`linked ${serial}`),
      load: ({ bytes, origin }) => {
        const text = decodeValue(bytes)
        if (typeof text !== 'string') throw new DecodeError('no state')
        this.text = text
        this.origin = origin
      },
      patch: (patch) => {
        const { from, to } = decodeValue(patch) as { from: string; to: string }
        if (to === 'poison') throw new DecodeError('a poisonous patch')
        assert.equal(this.text, from, 'V2: a patch is applied to the state it was made for')
        this.text = to
      },
      changed: (version) => this.#tell(`changed ${version} ${this.text}`),
      event: (name, payload) => this.#tell(`${name} ${String(decodeValue(payload))}`),
      status: () => {},
      reset: (reason) => this.#tell(`reset ${reason}`),
      missed: ({ from, to }) => this.#tell(`missed ${from}-${to}`),
      refused: (n, error) => {
        this.refused.set(n, error)
        this.#tell(`refused ${n} ${error.code}`)
      },
    }
  }
}

/**
 * A session that the front carries itself: for its own `FrontChannel`s, and for each `Client` whose connection the application
 * holds. It gives links their numbers and deals out what comes. Knows nothing of what links are for.
 */
import type { SharedBlock } from '../../protocol/blocks.js'
import type { Identity } from '../../protocol/master-frames.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Runtime, Timer } from '../../runtime/runtime.js'
import type { LinkFrame } from '../../session/link-holder.js'
import type { FrontPort, FrontSession, SessionAnswer, SessionSink } from '../relay/front-port.js'
import type { LocalLink } from './local-link.js'

/** How long what was seen waits to be told, in milliseconds. */
const SEEN_MS = 100

export class LocalSession implements SessionSink {
  readonly congested = false
  readonly wantsKeyframe = true
  readonly frameBytesMax = Infinity
  readonly identity: Identity
  readonly runtime: Runtime
  readonly #session: FrontSession
  readonly #onKicked: (message: string) => void
  readonly #byChannel = new Map<string, LocalLink>()
  readonly #byNumber = new Map<number, LocalLink>()
  #lastLink = 0
  #seen: Timer | null = null
  #state: 'open' | 'over' = 'open'

  constructor(
    port: FrontPort,
    identity: Identity,
    connectionAttempt: number,
    runtime: Runtime,
    onKicked: (message: string) => void,
  ) {
    this.identity = identity
    this.runtime = runtime
    this.#onKicked = onKicked
    this.#session = port.attach(identity, connectionAttempt, this)
  }

  get state(): 'open' | 'over' {
    return this.#state
  }

  get links(): Iterable<LocalLink> {
    return this.#byChannel.values()
  }

  linkTo(channelId: string): LocalLink | undefined {
    return this.#byChannel.get(channelId)
  }

  add(link: LocalLink): void {
    this.#byChannel.set(link.channelId, link)
    this.open(link)
  }

  /** Sends LINK under a number of its own. */
  open(link: LocalLink): void {
    if (this.#state === 'over' || this.#byChannel.get(link.channelId) !== link) return
    this.#forgetNumber(link)
    this.#byNumber.set(++this.#lastLink, link)
    link.end.open(this.#lastLink, this.identity.sessionId)
  }

  /** The link is over. */
  remove(link: LocalLink): void {
    this.#forgetNumber(link)
    if (this.#byChannel.get(link.channelId) === link) this.#byChannel.delete(link.channelId)
  }

  #forgetNumber(link: LocalLink): void {
    for (const [number, other] of this.#byNumber) if (other === link) this.#byNumber.delete(number)
  }

  send(frame: LinkFrame): void {
    if (this.#state === 'open') this.#session.receive(frame)
  }

  /** All links are over; whether the channels are told that the session is, too. */
  finish(how: 'end' | 'drop', reason: Reason, message: string): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#seen?.cancel()
    this.#session[how](reason)
    for (const link of [...this.#byChannel.values()]) link.end.end(reason, message)
  }

  answer(frame: SessionAnswer): void {
    switch (frame.type) {
      case 'keyframe':
        this.#byChannel.get(frame.keyframe.channelId)?.end.receive(frame)
        break
      case 'linked':
      case 'detached':
      case 'private':
      case 'status':
        this.#byNumber.get(frame.link)?.end.receive(frame)
        break
    }
    this.#seenLater()
  }

  shared(block: SharedBlock): void {
    this.#byChannel.get(block.channelId)?.end.receive({ type: 'shared', block })
    this.#seenLater()
  }

  kicked(message: string): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#seen?.cancel()
    for (const link of [...this.#byChannel.values()]) link.end.end('kicked', message)
    this.#onKicked(message)
  }

  #seenLater(): void {
    if (this.#seen !== null || this.#state === 'over') return
    let owes = false
    for (const { end } of this.#byChannel.values()) if (end.owesSeen) owes = true
    if (!owes) return
    this.#seen = this.runtime.clock.after(SEEN_MS, () => {
      this.#seen = null
      for (const { end } of this.#byChannel.values()) end.flush()
    })
  }
}

/**
 * A client's way to a front, across sockets and fronts: one state machine that dials, waits, dials again, and continues the same session.
 * It leaves a draining front before the socket is lost, and follows the page's visibility. Knows nothing of links.
 */
import type { ClientWelcome } from '../protocol/client-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { PageEvent, Timer } from '../runtime/runtime.js'
import type { LinkAnswer } from '../session/link-holder.js'
import type { ClientSettings } from './connect-options.js'
import type { DialRace } from './dial-race.js'
import { Dialler } from './dialler.js'
import type { ServerClock } from './server-clock.js'
import type { GoAway, Wire, WirePort } from './wire.js'

/** A connection that lived so long was a good one: the next redial does not wait for the failures before it. */
const STABLE_MS = 5_000
/** After these the client does not dial again. */
const TERMINAL: readonly Reason[] = ['replaced', 'kicked', 'authentication-refused', 'versions']

export type Status = 'connecting' | 'connected' | 'reconnecting' | 'closed'

type State =
  | { readonly state: 'dialling'; readonly race: DialRace<Wire> }
  | Connected
  | { readonly state: 'waiting'; readonly timer: Timer }
  | { readonly state: 'closed' }

interface Connected {
  readonly state: 'connected'
  readonly wire: Wire
  readonly sinceMs: number
  /** To another front, when this one is to be left: takes over once it is welcome. */
  successor: DialRace<Wire> | null
  /** Until the successor is dialled. */
  timer: Timer | null
  /** Whether the front does not go away, but cannot do what the client wants of it. */
  isStaying: boolean
}

/** What is carried. */
interface Carried {
  receive(frame: LinkAnswer): void
  /** Something is about to be written: what was put off can go along. */
  flush(): void
  /** The front is late with an answer; or, after that, something came. */
  silent(isSilent: boolean): void
}

export interface ReconnectorHost {
  readonly links: Carried
  connected(wire: Wire, welcome: ClientWelcome): void
  disconnected(reason: Reason): void
  /** It is over for good. */
  ended(reason: Reason | null, message: string): void
  status(status: Status, reason: Reason | null): void
}

export class Reconnector implements WirePort {
  readonly dialler: Dialler
  status: Status = 'connecting'
  /** The message that goes with the status. */
  why = ''
  connects = 0
  readonly #settings: ClientSettings
  readonly #host: ReconnectorHost
  readonly #stopListening: (() => void) | undefined
  #reason: Reason | null = null
  #state: State

  constructor(settings: ClientSettings, serverClock: ServerClock, host: ReconnectorHost) {
    this.#settings = settings
    this.#host = host
    this.dialler = new Dialler(settings, serverClock)
    this.#state = { state: 'dialling', race: this.dialler.dial(this) }
    this.#stopListening = settings.runtime.page?.listen((event) => this.#page(event))
  }

  /** The socket, where the front has welcomed it. */
  get wire(): Wire | null {
    return this.#state.state === 'connected' ? this.#state.wire : null
  }

  get isClosed(): boolean {
    return this.#state.state === 'closed'
  }

  welcome(wire: Wire, welcome: ClientWelcome): void {
    const was = this.#state
    if (was.state === 'closed') return
    if (was.state === 'connected') {
      if (was.wire === wire) {
        this.dialler.renewed(welcome.resume)
        return
      }
      was.timer?.cancel()
      this.#host.disconnected('draining')
      was.wire.close()
    }
    this.dialler.welcomed(wire, welcome)
    this.connects++
    const { clock, page } = this.#settings.runtime
    this.#state = { state: 'connected', wire, sinceMs: clock.now(), successor: null, timer: null, isStaying: false }
    if (page?.isHidden) wire.send({ type: 'hidden', hidden: true })
    this.#host.connected(wire, welcome)
    this.#show('connected', null, '')
  }

  frame(frame: LinkAnswer | GoAway): void {
    if (frame.type !== 'goaway') {
      this.#host.links.receive(frame)
      return
    }
    const going = this.#state
    if (going.state !== 'connected') return
    going.isStaying = frame.reason !== 'draining'
    if (going.timer !== null || going.successor !== null) return
    const { clock, random } = this.#settings.runtime
    const { urls } = this.dialler
    urls.named(frame.url)
    // A front that stays is left for another one only.
    if (going.isStaying && !urls.leaves(going.wire.url, clock.now())) return
    // Spread over half of the time, so that not all of its clients dial at once and there is time to try again.
    this.#succeed(going, (random.float() * frame.withinMs) / 2)
  }

  /** Another socket is made before this one is given up. */
  #succeed(going: Connected, delayMs: number): void {
    going.timer = this.#settings.runtime.clock.after(delayMs, () => {
      going.timer = null
      going.successor = this.dialler.dial(this)
    })
  }

  /** Of the first attempt; later the cause of the last failure says more. */
  waits(message: string): void {
    if (this.connects === 0 && this.#reason === null) this.why = message
  }

  flushing(): void {
    this.#host.links.flush()
  }

  silent(isSilent: boolean): void {
    this.#host.links.silent(isSilent)
  }

  lost(wire: Wire, because: Reason, message: string): void {
    const was = this.#state
    if (was.state === 'connected') {
      if (was.wire !== wire) {
        // The successor's. The connection is there still, and the next front is tried.
        was.successor = null
        if (!was.isStaying || this.dialler.urls.hasOther) this.#succeed(was, this.dialler.failed())
        return
      }
      was.timer?.cancel()
      if (this.#settings.runtime.clock.now() - was.sinceMs >= STABLE_MS) this.dialler.urls.failures = 0
      this.#host.disconnected(because)
      if (was.successor !== null) {
        this.#state = { state: 'dialling', race: was.successor }
        this.#show('reconnecting', because, message)
        return
      }
    }
    if (TERMINAL.includes(because)) {
      this.end(because, message)
    } else if (because === 'session-expired' && this.dialler.forget()) {
      this.#dial()
      this.#showLost(because, message)
    } else {
      this.#wait(because, message)
    }
  }

  #dial(): void {
    this.#state = { state: 'dialling', race: this.dialler.dial(this) }
  }

  #wait(because: Reason, message: string): void {
    const { clock, log } = this.#settings.runtime
    if (this.connects === 0 && this.#reason === null) log.warn('connection.failed', { reason: because, message })
    this.#state = { state: 'waiting', timer: clock.after(this.dialler.failed(), () => this.#dial()) }
    this.#showLost(because, message)
  }

  #showLost(because: Reason, message: string): void {
    this.#show(this.connects === 0 ? 'connecting' : 'reconnecting', because, message)
  }

  #show(next: Status, because: Reason | null, message: string): void {
    this.why = message
    if (next === this.status && because === this.#reason) return
    this.status = next
    this.#reason = because
    this.#host.status(next, because)
  }

  /** Without a wait: this may be the moment at which there is a network again. */
  #wake(): void {
    const { state } = this.#state
    this.wire?.probe()
    if (state !== 'waiting') return
    this.#release()
    this.#dial()
  }

  #page(event: PageEvent): void {
    const isHidden = this.#settings.runtime.page?.isHidden === true
    if (event === 'left' || event === 'kept') {
      this.#leave(event === 'kept')
    } else {
      if (event === 'visibility') this.wire?.send({ type: 'hidden', hidden: isHidden })
      if (event !== 'visibility' || !isHidden) this.#wake()
    }
  }

  /** Timers of a page that is kept stand still: it dials when it returns. */
  #leave(isKept: boolean): void {
    const hasSeat = this.dialler.leave()
    const { wire } = this
    const graceMs = isKept ? 0 : this.#settings.reloadGraceMs
    wire?.send(isKept || hasSeat ? { type: 'away', graceMs } : { type: 'bye' })
    if (!isKept) {
      this.end('closing', 'the page was left', hasSeat)
    } else if (!this.isClosed) {
      this.#release()
      if (wire !== null) this.#host.disconnected('connection-lost')
      this.#wait('connection-lost', 'the page was left')
    }
  }

  /** Lets go of sockets and timers. */
  #release(): void {
    const was = this.#state
    if ('timer' in was) was.timer?.cancel()
    if ('successor' in was) was.successor?.close()
    if ('race' in was) was.race.close()
    if ('wire' in was) was.wire.close()
  }

  /** It is over for good. `because` is null where that was asked for. `mayReturn`: the next page goes on with the session. */
  end(because: Reason | null, message: string, mayReturn = false): void {
    if (this.isClosed) return
    if (!mayReturn) this.dialler.forget()
    this.#release()
    this.#state = { state: 'closed' }
    this.#stopListening?.()
    this.#host.ended(because, message)
    this.#show('closed', because, message)
  }
}

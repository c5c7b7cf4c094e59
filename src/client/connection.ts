/**
 * A client's connection across sockets and fronts: one state machine that dials, waits and dials again, and goes on with
 * the same session. Its links are those of `session/link-set.ts`, a single socket is `wire.ts`. Implements `Connection` without its types.
 */
import type { ConnectionInspection } from '../channel/connection-inspection.js'
import { CentrumError } from '../protocol/errors.js'
import { makeNamed } from '../protocol/link-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import { LinkSet } from '../session/link-set.js'
import { newListeners } from '../session/listeners.js'
import type { WaitSettings } from '../session/wait-for.js'
import { type ClientLink, type ClientLinkHost, newClientLink } from './channel-link.js'
import type { ClientSettings } from './connect-options.js'
import { newDialler } from './dialler.js'
import { encodePayload } from './payload.js'
import { newServerClock } from './server-clock.js'
import type { Wire, WirePort } from './wire.js'

/** A connection that lived so long was a good one: the next redial does not wait for the failures before it. */
const STABLE_MS = 5_000
/** Bytes that the network has not taken yet. Beyond it `broadcast` throws `buffer-full`. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024
/** After these the client does not dial again. */
const TERMINAL: readonly Reason[] = ['replaced', 'kicked', 'authentication-refused', 'versions']

export type Status = 'connecting' | 'connected' | 'reconnecting' | 'closed'

type State =
  | { readonly state: 'dialling'; readonly wire: Wire }
  | Connected
  | { readonly state: 'waiting'; readonly timer: Timer }
  | { readonly state: 'closed' }

interface Connected {
  readonly state: 'connected'
  readonly wire: Wire
  readonly sinceMs: number
  /** To another front, when this one goes away: takes over once it is welcome. */
  successor: Wire | null
  /** Until the successor is dialled. */
  timer: Timer | null
}

export interface ClientLinkSettings extends WaitSettings {
  readonly options?: unknown
  readonly processor?: boolean
}

export interface ClientConnection {
  readonly status: Status
  readonly clientId: string
  readonly rttMs: number
  readonly processor: ClientLink | null
  onStatus(listener: (status: Status, reason: Reason | null) => void): () => void
  onProcessor(listener: (link: ClientLink | null, reason: Reason | null) => void): () => void
  link(id: string, settings?: ClientLinkSettings): Promise<ClientLink>
  linked(id: string): ClientLink | null
  setProcessor(link: ClientLink | null): Promise<void>
  send(message: string, payload?: unknown): void
  broadcast(message: string, payload?: unknown): void
  serverNow(): number
  inspect(): ConnectionInspection
  close(): Promise<void>
}

export function newConnection(settings: ClientSettings): ClientConnection {
  const { clock, random, log } = settings.runtime
  const serverClock = newServerClock(clock)
  const dialler = newDialler(settings, serverClock)
  const listeners = newListeners<{
    readonly onStatus: readonly [status: Status, reason: Reason | null]
    readonly onProcessor: readonly [link: ClientLink | null, reason: Reason | null]
  }>(log)
  let status: Status = 'connecting'
  let reason: Reason | null = null
  /** The message that goes with the reason. */
  let why = 'not connected yet'
  let connects = 0
  /** The longest frame that the front takes; 0 where it is not known yet. */
  let frameBytesMax = 0
  let closed: Promise<void> | null = null
  /** While it closes: does so at once. */
  let finish: (() => void) | null = null

  const statusIs = (next: Status, because: Reason | null, message: string): void => {
    why = message
    if (next === status && because === reason) return
    status = next
    reason = because
    listeners.call('onStatus', status, reason)
  }

  /** It is over for good. `because` is null where that was asked for. */
  const end = (because: Reason | null, message: string): void => {
    const was = state
    if (was.state === 'closed') return
    state = { state: 'closed' }
    stopListening?.()
    if ('timer' in was) was.timer?.cancel()
    if ('successor' in was) was.successor?.close()
    if ('wire' in was) was.wire.close()
    links.close(because ?? 'closing', message)
    statusIs('closed', because, message)
  }

  /** Closes as soon as nothing is waited for: that all links close or, without a connection, that what they sent is processed. */
  const checkClosing = (): void => {
    const { links: count, retained } = links.inspect()
    if (count === 0 || (state.state !== 'connected' && retained === count)) finish?.()
  }

  const wireNow = (): Wire | null => (state.state === 'connected' ? state.wire : null)

  const links: LinkSet<ClientLink> = new LinkSet({
    ...settings,
    shares: true,
    send: (frame) => wireNow()?.send(frame),
    flush: () => wireNow()?.flush(),
    describe: () => `the connection is ${status}: ${why}`,
    sessionEnded: end,
    linkClosed: checkClosing,
    processorChanged: (link, because) => void listeners.call('onProcessor', link, because),
    unsent: (to, count, { message }) => log.warn('message.dropped', { channel: to.id, count, why: message }),
  })
  const linkHost: ClientLinkHost = {
    runtime: settings.runtime,
    links,
    serverNow: serverClock.now,
    get frameBytesMax() {
      return frameBytesMax
    },
  }

  const port: WirePort = {
    welcome(wire, welcome) {
      if (state.state === 'closed') return
      dialler.resume = welcome.resume
      if (state.state === 'connected') {
        if (state.wire === wire) return
        state.timer?.cancel()
        links.disconnected('draining')
        state.wire.close()
      }
      dialler.welcomed(welcome)
      connects++
      state = { state: 'connected', wire, sinceMs: clock.now(), successor: null, timer: null }
      frameBytesMax = wire.frameBytesMax
      if (page?.isHidden) wire.send({ type: 'hidden', hidden: true })
      links.connected(welcome.sessionId)
      statusIs('connected', null, '')
    },

    frame(frame) {
      if (frame.type !== 'goaway') {
        links.receive(frame)
        return
      }
      // The front is about to close: another socket is made before this one is given up.
      const going = state
      if (going.state !== 'connected' || going.timer !== null || going.successor !== null) return
      // Spread over half of the time, so that not all of its clients dial at once and there is time to try again.
      going.timer = clock.after((random.float() * frame.withinMs) / 2, () => {
        going.timer = null
        dialler.failed()
        going.successor = dialler.dial(port, frame.url)
      })
    },

    flushing: () => links.flush(),

    lost(wire, because, message) {
      if (state.state === 'connected') {
        if (state.wire !== wire) {
          // The successor's: the connection is there still, and once it is lost it is dialled as ever.
          state.successor = null
          return
        }
        const { timer, sinceMs, successor } = state
        timer?.cancel()
        if (clock.now() - sinceMs >= STABLE_MS) dialler.failures = 0
        links.disconnected(because)
        if (successor !== null) {
          state = { state: 'dialling', wire: successor }
          statusIs('reconnecting', because, message)
          return
        }
      }
      if (TERMINAL.includes(because)) {
        end(because, message)
        return
      }
      if (because === 'session-expired' && dialler.resume !== '') {
        dialler.resume = ''
        dial()
      } else {
        state = { state: 'waiting', timer: clock.after(dialler.failed(), dial) }
      }
      statusIs(connects === 0 ? 'connecting' : 'reconnecting', because, message)
      checkClosing()
    },
  }

  /** Gives up the socket, if there is one, and dials again after a while. */
  const suspend = (because: Reason, message: string): void => {
    if (state.state === 'closed') return
    const was = state
    if ('timer' in was) was.timer?.cancel()
    if ('successor' in was) was.successor?.close()
    if ('wire' in was) was.wire.close()
    state = { state: 'waiting', timer: clock.after(dialler.failed(), dial) }
    if (was.state === 'connected') links.disconnected(because)
    statusIs(connects === 0 ? 'connecting' : 'reconnecting', because, message)
  }

  const dial = (): void => {
    state = { state: 'dialling', wire: dialler.dial(port) }
  }

  const encode = (message: string, payload: unknown): Uint8Array =>
    encodePayload('message', message, payload, frameBytesMax)

  let state: State = { state: 'dialling', wire: dialler.dial(port) }
  const { page } = settings.runtime
  /** Without a wait: this may be the moment at which there is a network again. */
  const wake = (): void => {
    if (state.state === 'connected') state.wire.probe()
    if (state.state !== 'waiting') return
    state.timer.cancel()
    dial()
  }
  const stopListening = page?.listen((event) => {
    if (event === 'left') {
      wireNow()?.send({ type: 'bye' })
      end('closing', 'the page was left')
    } else if (event === 'kept') {
      // Dialled again when the page returns; timers of a page that is kept stand still.
      wireNow()?.send({ type: 'away', graceMs: 0 })
      suspend('connection-lost', 'the page was left, and may come back')
    } else {
      if (event === 'visibility') wireNow()?.send({ type: 'hidden', hidden: page.isHidden })
      if (event !== 'visibility' || !page.isHidden) wake()
    }
  })

  return {
    get status() {
      return status
    },
    get clientId() {
      return dialler.sessionId
    },
    get rttMs() {
      return serverClock.rttMs
    },
    get processor() {
      return links.processor.current
    },
    onStatus: (listener) => listeners.add('onStatus', listener),
    onProcessor: (listener) => listeners.add('onProcessor', listener),
    async link(id, linkSettings = {}) {
      const { options, processor = false } = linkSettings
      if (state.state === 'closed' || closed !== null) {
        const problem = `'${id}' cannot be linked: the connection is closed (${why}). Connect anew.`
        throw new CentrumError('stopped', problem)
      }
      const encoded = options === undefined ? null : encodePayload('link', id, options)
      return links.link(id, { options: encoded, processor }, linkSettings, (end, carrier) =>
        newClientLink(linkHost, end, carrier),
      )
    },
    linked: (id) => links.linked(id),
    setProcessor: (link) => links.processor.set(link),
    send: (message, payload) => links.processor.send(message, encode(message, payload)),
    broadcast(message, payload) {
      const bytes = encode(message, payload)
      const wire = wireNow()
      if (wire === null || wire.backlogBytes > BACKLOG_BYTES_MAX) {
        throw new CentrumError(
          wire === null ? 'connection-lost' : 'buffer-full',
          `'${message}' was not broadcast: the connection is ${status}, ${wire?.backlogBytes ?? 0} bytes wait, at most ${BACKLOG_BYTES_MAX}. Try again later.`,
        )
      }
      wire.send({ type: 'broadcast', body: makeNamed(message, bytes) })
    },
    serverNow: serverClock.now,
    inspect: () => ({ ...links.inspect(), dials: dialler.dials, connects }),
    // Rule L11, and before it each unlink in its stream, so that all that was sent is processed.
    close: () =>
      (closed ??= new Promise((resolve) => {
        finish = () => {
          timer.cancel()
          if (state.state === 'connected') state.wire.send({ type: 'bye' })
          end(null, 'the connection was closed')
          resolve()
        }
        const timer = clock.after(settings.closeMs, finish)
        links.unlinkAll()
        // At once: a page that goes away has no later.
        if (state.state === 'connected') state.wire.flush()
        checkClosing()
      })),
  }
}

/**
 * A client's end of a link to a channel: one state machine for the client's library and for a front's own sessions. It
 * numbers what is sent and keeps it until it is acknowledged, links again after any break, replays, and puts in order what
 * comes. It knows no time, no sockets and no state: its holder does, and is told by callbacks (`link-holder.ts`).
 *
 * The holder calls `open` once there is a connection, `receive` for what the front says of the link or its channel, `lost`
 * when the connection is lost, and `flush` where it writes anyway.
 */
import { CentrumError } from '../protocol/errors.js'
import * as ENTRY from '../protocol/entry-kind.js'
import * as ITEM from '../protocol/item-kind.js'
import {
  type Entry,
  type LinkedState,
  readAnswer,
  readFailure,
  readNamed,
  readProcessorItem,
} from '../protocol/link-frames.js'
import type { Reason } from '../protocol/reasons.js'
import { DecodeError } from '../value/decode-error.js'
import { isAt, newInbound, type Position } from './inbound.js'
import { defaultsOf } from '../options/option-table.js'
import { LINK_END_LIMITS } from './link-end-limits.js'
import { type LinkEndOptions, type LinkEndState, newLinkEndCounts } from './link-end-state.js'
import type { EndStatus, LinkAnswer, LinkCarrier, LinkHolder } from './link-holder.js'
import { newOutbound, type Settle } from './outbound.js'

/** What an end holds: entries without an outcome, their bytes, and what came and cannot be handed on yet. */
export interface LinkEndInspection {
  readonly retained: number
  readonly retainedBytes: number
  readonly held: number
}

/** What a session's set of links needs to know of a link. */
export interface SetLink {
  /** The channel's id. */
  readonly id: string
  readonly end: LinkEnd
}

export interface LinkEnd {
  /** How far it has come. */
  readonly at: Readonly<Position>
  readonly state: LinkEndState['state']
  /** As it was last told: null until it was live or stalled for the first time. */
  readonly status: EndStatus | null
  /** The number of the link on the present connection; null where there is none. */
  readonly link: number | null
  /** Whether it is over, or will be as soon as the channel has let go. */
  readonly ending: boolean
  /** The last clientSeq whose effect the state shows. */
  readonly acknowledged: number
  readonly isProcessor: boolean
  /** Whether `flush()` has something to say. */
  readonly owesSeen: boolean
  /**
   * Sends LINK under a number that was never used on this connection. Does nothing where it is open already, or closed.
   * `sessionId`: the session that the connection speaks for.
   */
  open(link: number, sessionId: string): void
  /** The connection is lost. What is sent meanwhile is kept, and follows after the next `open`. */
  lost(reason: Reason): void
  /** What the front says of this link, or of its channel. What is for an earlier number of the link is dropped. */
  receive(frame: LinkAnswer): void
  /** To be called once after `live` was told for the first time: whoever waited for the link listens by now. */
  go(): void
  /**
   * Sends a message, or a request of which one of `settle` is called, once, unless it is withdrawn. Returns its clientSeq.
   * @throws CentrumError `buffer-full`, or `not-linked` where the link is over.
   */
  send(name: string, payload: Uint8Array, settle?: Settle | null): number
  /** Asks to become the session's processor, or gives that up; `settle` when that has its outcome. Throws as `send` does. */
  setProcessor(is: boolean, settle: Settle): number
  /** Nobody waits for request clientSeq any more. Where it has to be sent again it goes as a void, without effect. */
  withdraw(clientSeq: number): void
  /** Ends the link behind all that was sent. The status is `closed` when the channel has let go. */
  unlink(): void
  /** The session is over, for this reason: nothing more is sent or received. */
  end(reason: Reason, message: string): void
  /** Says what was seen, where that grew. */
  flush(): void
  inspect(): LinkEndInspection
}

/** Rule V1: how often in a row an end is answered in an older epoch until it takes that for the owner's: about half a minute. */
const OLDER_ANSWERS_MAX = 16

export function newLinkEnd(
  {
    channelId,
    linkNumber,
    options,
    processor: wanted,
    epochSeen,
    limits = defaultsOf(LINK_END_LIMITS),
    counts = newLinkEndCounts(),
  }: LinkEndOptions,
  holder: LinkHolder,
  carrier: LinkCarrier,
): LinkEnd {
  const at: Position = {
    origin: null,
    serial: 0,
    epoch: epochSeen,
    version: 0,
    serverSeqSeen: 0,
    loaded: false,
    sessionId: '',
  }
  let state: LinkEndState = { state: 'idle' }
  /** As it was last told: null until it was live or stalled for the first time. */
  let status: EndStatus | null = null
  /** What came and is not taken yet: while another is being taken, and once live until `go()`. */
  let frames: LinkAnswer[] = []
  /** What is to be handed on at `go()`, when whoever waited for the link listens; null since then. */
  let deliveries: (() => void)[] | null = []
  let busy = false
  /** Whether an unlink is in the stream. */
  let unlinking = false
  let seenSent = 0
  let failures = 0
  let olderAnswers = 0
  let isProcessor = false

  const linkNow = (): number | null => ('link' in state ? state.link : null)
  /** The number of the link where what is said is for it, and what comes is of it. */
  const linkUp = (): number | null => (state.state === 'linking' ? null : linkNow())
  const isEnding = (): boolean => unlinking || state.state === 'closed'

  const show = (next: EndStatus, reason: Reason | null, message = '', details: Uint8Array | null = null): void => {
    if (next === status) return
    status = next
    carrier.status(next, reason, message, details)
    holder.status(next, reason, message)
  }

  const drop = (): void => {
    inbound.lost()
    frames = []
  }

  const stall = (reason: Reason): void => {
    state = { state: 'stalled' }
    drop()
    show('stalled', reason)
  }

  /** Links again while the connection lives: the one way to mend anything. */
  const again = (reason: Reason): void => {
    stall(reason)
    carrier.relink(++failures)
  }

  const processorIs = (is: boolean, reason: Reason | null): void => {
    if (is === isProcessor) return
    isProcessor = is
    carrier.processor(is, reason)
  }

  const sendEntry = (link: number | null, entry: Entry): void => {
    if (link !== null) carrier.send({ type: 'entry', link, entry })
  }

  const append = (entry: Entry): number => {
    sendEntry(linkUp(), entry)
    return entry.clientSeq
  }

  const expectOpen = (): void => {
    if (!isEnding() && at.origin !== null) return
    const why = state.state === 'closed' ? state.reason : 'ending'
    throw new CentrumError('not-linked', `the link to '${channelId}' is over (${why}). Link again.`)
  }

  /** What cannot be read is left out, and the link is linked again: as for a gap, the channel says it anew where it can. */
  const reading = (read: () => void): void => {
    try {
      read()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      if (linkNow() !== null) again('protocol-error')
    }
  }

  const handOn = (run: () => void): void => {
    if (state.state === 'closed') return
    if (deliveries === null) reading(run)
    else deliveries.push(run)
  }

  const whileBusy = (run: () => void): void => {
    busy = true
    try {
      run()
    } finally {
      busy = false
    }
  }

  const takeFrames = (): void => {
    for (;;) {
      // Once live, frames wait for `go()`.
      const frame = busy || (deliveries && state.state === 'live') ? undefined : frames.shift()
      if (frame === undefined) return
      whileBusy(() => reading(() => heed(frame)))
    }
  }

  const becomeLive = (): void => {
    if (state.state !== 'catching-up' || !at.loaded || at.version < state.target) return
    state = { state: 'live', link: state.link }
    show('live', null)
  }

  const outbound = newOutbound(channelId, wanted, limits, holder, (is) => processorIs(is, null))
  const inbound = newInbound(at, holder, carrier, outbound, limits, counts, {
    handOn,
    isTaking: () => linkUp() !== null,
    advanced: becomeLive,
    item({ kind, body }) {
      if (kind === ITEM.answer) outbound.answered(readAnswer(body))
      else if (kind === ITEM.failed) outbound.failed(readFailure(body))
      else if (kind === ITEM.event) {
        const { name, payload } = readNamed(body)
        holder.event(name, payload)
      } else if (kind === ITEM.processor) {
        const { processor, reason } = readProcessorItem(body)
        outbound.processorTold(processor)
        processorIs(processor, reason)
      }
    },
  })

  /** Rules L7 and L8. */
  const heedLinked = (link: number, linked: LinkedState): void => {
    const { origin, serial, processed, processor } = linked
    const isFirst = at.origin === null
    const sameState = isAt(at, origin)
    const same = sameState && at.serial === serial
    // A front that shows an older owner, or an owner that has what was never sent: others may know better.
    if ((linked.epoch < at.epoch && ++olderAnswers < OLDER_ANSWERS_MAX) || (same && processed > outbound.last)) {
      again('not-owner')
      return
    }
    olderAnswers = 0
    const reset = isFirst || same ? null : sameState ? 'session-expired' : 'reset'
    const report = reset && outbound.restart('unknown', reset, processor)
    if (reset) {
      // What was to be handed on is of a link that nobody has seen.
      deliveries &&= []
      if (unlinking) outbound.steer(ENTRY.unlink, null)
    }
    state = { state: 'catching-up', link, target: linked.version }
    inbound.begin(linked, !same)
    outbound.resume(processor)
    // Before anybody is told and can send: what is new comes behind it.
    for (const entry of outbound.above(processed)) {
      counts.replayed++
      sendEntry(link, entry)
    }
    counts[same ? 'resumed' : 'linked']++
    if (!same) {
      seenSent = 0
      processorIs(processor, reset)
    }
    if (report && reset) {
      counts.resets++
      report()
      holder.reset(reset)
    }
    // Whoever was told may have ended it.
    if (linkNow() !== link) return
    holder.linked(linked)
    inbound.catchUp()
    becomeLive()
  }

  const heed = (frame: LinkAnswer): void => {
    const { type } = frame
    const isLive = state.state === 'live'
    if ('link' in frame && frame.link !== linkNow()) return
    if (type === 'linked') {
      if (state.state === 'linking') heedLinked(frame.link, frame.linked)
    } else if (type === 'status') {
      if (frame.stalled) show('stalled', frame.reason)
      else if (isLive) show('live', null)
    } else if (type === 'detached') {
      if (frame.relink) {
        again(frame.reason)
      } else {
        inbound.finish()
        close(frame.reason, frame.message, frame.details)
      }
    } else if (linkUp() !== null) {
      const outcome =
        type === 'private' ? inbound.private(frame) : inbound.state(type === 'shared' ? frame.block : frame.keyframe)
      if (outcome === 'taken') {
        // Only a state behind the point where it was live before shows that linking again has helped.
        if (isLive && type !== 'private') failures = 0
      } else if (outcome !== 'ignored') {
        again(outcome)
      }
    }
  }

  const close = (reason: Reason, message: string, details: Uint8Array | null = null): void => {
    state = { state: 'closed', reason }
    drop()
    deliveries = null
    outbound.restart(reason, message, false)()
    processorIs(false, reason)
    show('closed', reason, message, details)
  }

  return {
    at,
    get state() {
      return state.state
    },
    get status() {
      return status
    },
    get link() {
      return linkNow()
    },
    get ending() {
      return isEnding()
    },
    get acknowledged() {
      return outbound.acknowledged
    },
    get isProcessor() {
      return isProcessor
    },
    get owesSeen() {
      return at.serverSeqSeen > seenSent
    },

    open(link, sessionId) {
      if (linkNow() !== null || state.state === 'closed') return
      const { origin, epoch, version, serial, serverSeqSeen } = at
      // Without the state all of it is needed. What was seen already comes again then, and is dropped by its serverSeq.
      const past = origin === null || !at.loaded ? null : { origin, epoch, version, serial, serverSeqSeen }
      at.sessionId = sessionId
      seenSent = past?.serverSeqSeen ?? 0
      state = { state: 'linking', link }
      const processor = outbound.wantsProcessor
      carrier.send({ type: 'link', link, request: { channelId, linkNumber, processor, past, options } })
    },

    lost(reason) {
      if (state.state !== 'closed' && state.state !== 'idle') stall(reason)
    },

    receive(frame) {
      if (state.state === 'closed') return
      if (frames.push(frame) > limits.waitingFramesMax) again('overflow')
      else takeFrames()
    },

    go() {
      const waiting = deliveries
      if (waiting === null) return
      deliveries = null
      whileBusy(() => waiting.forEach(handOn))
      takeFrames()
    },

    send(name, payload, settle = null) {
      expectOpen()
      return append(outbound.say(name, payload, settle))
    },

    setProcessor(is, settle) {
      expectOpen()
      return append(outbound.steer(is ? ENTRY.take : ENTRY.release, settle))
    },

    withdraw(clientSeq) {
      outbound.withdraw(clientSeq)
    },

    unlink() {
      if (isEnding()) return
      const unlink = outbound.steer(ENTRY.unlink, null)
      unlinking = true
      // Where nobody has the link yet there is nothing to wait for: the unlink goes ahead of LINKED.
      if (at.origin !== null) append(unlink)
      else {
        sendEntry(linkNow(), unlink)
        close('unlinked', 'given up before it was linked')
      }
    },

    end(reason, message) {
      if (state.state !== 'closed') close(reason, message)
    },

    flush() {
      const link = linkUp()
      if (at.serverSeqSeen <= seenSent || link === null) return
      seenSent = at.serverSeqSeen
      carrier.send({ type: 'seen', link, serverSeq: seenSent })
    },

    inspect() {
      const { retained, retainedBytes } = outbound
      return { retained, retainedBytes, held: inbound.held + frames.length }
    },
  }
}

/**
 * All links of a connection: which frame is for which, one link a channel at a time, and opening each again after a break.
 * Knows nothing of sockets and sessions beyond what its host says.
 */
import type { LinksInspection } from '../channel/connection-inspection.js'
import { channelIdProblem } from '../protocol/channel-id.js'
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import type { LinkEndInspection } from '../session/link-end.js'
import { newLinkEndCounts } from '../session/link-end-state.js'
import { type LinkAnswer, relinkDelayMs } from '../session/link-holder.js'
import { type ClientLink, type ClientLinkHost, newClientLink } from './channel-link.js'
import type { ClientSettings } from './connect-options.js'
import { encodePayload } from './payload.js'
import { newProcessorSwitch, type ProcessorSwitch } from './processor.js'
import { waitFor, type WaitSettings } from './wait.js'
import type { Wire } from './wire.js'

/** Channels whose greatest epoch is remembered when no link to them is left. The oldest is forgotten first. */
const EPOCHS_MAX = 4096
/** How long what was seen waits to be told, in milliseconds. */
const SEEN_MS = 100

export interface LinksHost {
  /** How the connection is, for errors of links that wait for it. */
  describe(): string
  /** A channel said that the whole session is over. */
  ended(reason: Reason, message: string): void
  /** A link is closed. */
  closed(): void
  processor(link: ClientLink | null, reason: Reason | null): void
}

export interface ClientLinkSettings extends WaitSettings {
  readonly options?: unknown
  readonly processor?: boolean
}

export interface Links {
  readonly processor: ProcessorSwitch
  /** The longest frame that the front takes; 0 where it has not said it yet. */
  readonly frameBytesMax: number
  /** Resolves with the link when it is live for the first time. */
  link(id: string, settings: ClientLinkSettings): Promise<ClientLink>
  /** There is a connection: every link is opened on it. */
  connected(wire: Wire, sessionId: string): void
  /** There is none any more. */
  lost(reason: Reason): void
  receive(frame: LinkAnswer): void
  /** Says what was seen. */
  flush(): void
  unlinkAll(): void
  /** The session is over. */
  end(reason: Reason, message: string): void
  inspect(): LinksInspection
}

export function newLinks(settings: ClientSettings, host: LinksHost): Links {
  const { runtime, timeoutMs, limits } = settings
  const { clock, random } = runtime
  const counts = newLinkEndCounts()
  const all = new Set<ClientLink>()
  const byChannel = new Map<string, ClientLink>()
  const relinks = new Map<ClientLink, Timer>()
  const epochs = new Map<string, number>()
  const processor = newProcessorSwitch(settings, host.processor)
  let wire: Wire | null = null
  let frameBytesMax = 0
  let sessionId = ''
  /** What was seen is told at the latest then, and earlier if anything else is. */
  let seen: Timer | null = null
  /** Of links, for the channels to tell them apart; and of LINKs, never used twice on a connection. */
  let linkNumber = 0
  let number = 0

  const open = (link: ClientLink): void => {
    if (wire !== null) link.end.open(++number, sessionId)
  }

  const cancel = (link: ClientLink): void => {
    relinks.get(link)?.cancel()
    relinks.delete(link)
  }

  const cancelSeen = (): void => {
    seen?.cancel()
    seen = null
  }

  const forget = (link: ClientLink): void => {
    if (byChannel.get(link.id) === link) byChannel.delete(link.id)
    processor.closed(link)
  }

  const linkHost: ClientLinkHost = {
    runtime,
    timeoutMs,
    processor,
    get frameBytesMax() {
      return frameBytesMax
    },
    send: (frame) => wire?.send(frame),
    again(link, failures) {
      const delayMs = relinkDelayMs(failures)
      cancel(link)
      if (delayMs === 0) {
        open(link)
        return
      }
      const timer = clock.after(delayMs * (0.5 + random.float() / 2), () => {
        relinks.delete(link)
        open(link)
      })
      relinks.set(link, timer)
    },
    heard({ end }) {
      if (wire !== null && end.owesSeen) seen ??= clock.after(SEEN_MS, () => wire?.flush())
    },
    closed(link, reason, message) {
      all.delete(link)
      cancel(link)
      epochs.delete(link.id)
      epochs.set(link.id, link.epoch)
      for (const oldest of epochs.keys()) if (epochs.size > EPOCHS_MAX) epochs.delete(oldest)
      forget(link)
      if (reason === 'replaced' || reason === 'kicked') host.ended(reason, message)
      host.closed()
    },
  }

  return {
    processor,
    get frameBytesMax() {
      return frameBytesMax
    },

    link(id, linkSettings) {
      const describe = (): string => {
        const reason = byChannel.get(id)?.reason
        const why = wire === null ? host.describe() : `it is stalled: ${reason ?? 'no answer'}`
        return `'${id}' was not linked (${why})`
      }
      return waitFor(settings, linkSettings, describe, (waiting) => {
        const problem = channelIdProblem(id)
        if (problem !== null) throw new CentrumError('invalid-channel-id', `the channel id ${problem}`)
        const { options, processor: wanted = false } = linkSettings
        const encoded = options === undefined ? null : encodePayload('link', id, options)
        let link: ClientLink | null = null
        let given = false
        const begin = (): void => {
          // Of several that waited for the same link to be closed only the first finds the way free.
          if (given) return
          if (byChannel.has(id)) {
            waiting.reject(new CentrumError('already-linked', `'${id}' is linked already`))
            return
          }
          const end = {
            channelId: id,
            linkNumber: ++linkNumber,
            options: encoded,
            processor: wanted && processor.free,
            epochSeen: epochs.get(id) ?? 0,
            limits,
            counts,
          }
          link = newClientLink(linkHost, end, waiting)
          all.add(link)
          byChannel.set(id, link)
          if (wanted) processor.want(link)
          open(link)
        }
        const before = byChannel.get(id)
        if (before?.end.ending === true) void before.unlink().then(begin)
        else begin()
        return () => {
          given = true
          if (link === null) return
          // Nobody waits for it any more: it unlinks as soon as it is linked, and does not stand in the way of another.
          forget(link)
          link.end.unlink()
        }
      })
    },

    connected(next, id) {
      wire = next
      sessionId = id
      frameBytesMax = next.frameBytesMax
      all.forEach(open)
    },

    lost(reason) {
      wire = null
      cancelSeen()
      for (const link of all) {
        cancel(link)
        link.end.lost(reason)
      }
    },

    receive(frame) {
      let link: ClientLink | undefined
      if (frame.type === 'shared') link = byChannel.get(frame.block.channelId)
      else if (frame.type === 'keyframe') link = byChannel.get(frame.keyframe.channelId)
      else link = [...all].find(({ end }) => end.link === frame.link)
      if (link === undefined) return
      link.end.receive(frame)
      linkHost.heard(link)
    },

    flush() {
      cancelSeen()
      for (const { end } of all) end.flush()
    },

    unlinkAll() {
      for (const { end } of all) end.unlink()
    },

    end(reason, message) {
      for (const { end } of all) end.end(reason, message)
    },

    inspect() {
      const ends = [...all].map(({ end }) => end.inspect())
      const sum = (of: keyof LinkEndInspection): number => ends.reduce((total, end) => total + end[of], 0)
      return {
        links: all.size,
        relinks: relinks.size,
        processorWaiting: processor.waiting,
        retained: sum('retained'),
        retainedBytes: sum('retainedBytes'),
        held: sum('held'),
        ...counts,
      }
    },
  }
}

/**
 * What clients, fronts and backs hold of others, by `inspect()`: all of it comes to nothing once those have gone. Each count is read by
 * its name from a named type, so that one that nobody writes any more does not compile.
 */
import type { BackInspection } from '../../../src/back/back-inspection.js'
import type { ConnectionInspection } from '../../../src/channel/connection-inspection.js'
import type { FrontInspection } from '../../../src/relay/front-inspection.js'
import type { ClientSocketsInspection } from '../../../src/gateway/client-sockets.js'

export type HeldCounts = Readonly<Record<string, number>>

/** What a client waits for: nothing of it is left where all has come right. */
export function awaitedBy({ retained, held, relinks, processorWaiting }: ConnectionInspection): HeldCounts {
  return { retained, held, relinks, processorWaiting }
}

export function heldByClient(inspection: ConnectionInspection): HeldCounts {
  const { links, retainedBytes } = inspection
  return { links, retainedBytes, ...awaitedBy(inspection) }
}

export function heldByFront(front: FrontInspection, clients: ClientSocketsInspection): HeldCounts {
  const { sessions, links, refs, channels, subscribed, kept, timers } = front
  return {
    sessions,
    links: links.total,
    refs,
    channels,
    subscribed,
    kept,
    timers,
    sockets: clients.sockets.total,
    socketSessions: clients.sessions,
    addresses: clients.addresses,
    sweeps: clients.timers,
  }
}

export function heldByBack(back: BackInspection): HeldCounts {
  const { sessions, dropped, refs, subscriptions, waiting, running, unseen, beats, awake } = back
  return { sessions, dropped, refs, subscriptions, waiting, running, unseen, beats, awake }
}

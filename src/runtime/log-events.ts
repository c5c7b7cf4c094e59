/**
 * Every event that centrum logs: its levels, its fields and what it means. `docs/logs.md` shows this table, and an event
 * that is not in it does not compile. Names are `noun.verb`. Knows nothing of how a log is written.
 */

import { IMAGE_LOG_EVENTS } from './image-log-events.js'
import { LINK_LOG_EVENTS } from './link-log-events.js'
import { CHANNEL_LOG_EVENTS } from './channel-log-events.js'
import { STORE_LOG_EVENTS } from './store-log-events.js'

export type LogLevelName = 'debug' | 'info' | 'warn' | 'error'

interface LogEventRow {
  readonly levels: readonly LogLevelName[]
  /** Besides those that identify the master, channel, link or client that logs. */
  readonly fields: readonly string[]
  readonly meaning: string
}

export const LOG_EVENTS = {
  'address.shared': {
    levels: ['warn'],
    fields: ['address', 'sockets', 'message'],
    meaning:
      'Most sockets of a front come from one address, as they do behind a proxy that `trustProxy` does not name. Logged once.',
  },
  'address.unknown': {
    levels: ['warn'],
    fields: ['message', 'error'],
    meaning: 'The function `addressOf` returned no address for a client: the address of its socket was used.',
  },
  'authentication.failed': {
    levels: ['error'],
    fields: ['remoteAddress', 'error'],
    meaning: "The app's `authenticate` threw something other than `AuthenticationRefused`. The client was refused.",
  },
  'back.cut-off': {
    levels: ['warn'],
    fields: ['back', 'sessions'],
    meaning:
      'A front has not reached a back for `cutOffMs`, but reaches others: clients that wait for channels of that back were asked to try another front, if they know one.',
  },
  'back.detached': {
    levels: ['info', 'warn'],
    fields: ['back', 'reason', 'message'],
    meaning:
      'The link of a front to a back has closed, and the front dials again. `info` if the front itself is stopping.',
  },
  'back.drained': {
    levels: ['info'],
    fields: ['channels'],
    meaning:
      'A back has handed over its channels. `channels` is how many it still has, because no other back takes them.',
  },
  'back.draining': {
    levels: ['info'],
    fields: ['channels'],
    meaning: 'A back is handing over its channels to other backs, and takes no more.',
  },
  'back.joined-anew': {
    levels: ['info'],
    fields: ['incarnation'],
    meaning: 'A back that others had declared dead has joined its cluster again, as a new run.',
  },
  'back.linked': {
    levels: ['info'],
    fields: ['back', 'incarnation'],
    meaning: 'A front is linked to a back.',
  },
  'back.listening': {
    levels: ['info'],
    fields: ['address'],
    meaning: 'A back accepts links from fronts at this address.',
  },
  'back.sealed': {
    levels: ['warn'],
    fields: ['back', 'incarnation'],
    meaning:
      'A back was declared dead: its address refuses connections, it had no connection to the database for `deadMs`, or it stored nothing for `leaseMs`. Other backs take its channels.',
  },
  'back.send-failed': {
    levels: ['error'],
    fields: ['back', 'type', 'bytes', 'limit'],
    meaning: 'A bug in centrum: a frame was longer than the back accepts. It was not sent.',
  },
  'back.stopped': {
    levels: ['info'],
    fields: [],
    meaning: 'A back has closed its channels and links.',
  },
  'broadcast.handled-unlinked': {
    levels: ['debug'],
    fields: ['session', 'message'],
    meaning: 'A channel handles a broadcast from a client that is not linked to it.',
  },
  ...CHANNEL_LOG_EVENTS,
  'client.closed': {
    levels: ['debug', 'warn'],
    fields: ['reason', 'message'],
    meaning: "The front closed the socket of a client. `debug` for ordinary reasons such as 'unlinked'.",
  },
  'client.faulted': {
    levels: ['error'],
    fields: ['error'],
    meaning: 'A bug in centrum: handling a frame of this client threw an error. Its socket was closed with `faulted`.',
  },
  'client.refused': {
    levels: ['warn'],
    fields: ['remoteAddress', 'origin', 'host', 'message'],
    meaning: 'A page was refused because of its origin. The option `origins` lists the origins that are allowed.',
  },
  'client.welcomed': {
    levels: ['debug'],
    fields: ['connectionAttempt', 'resumed'],
    meaning: 'A client is authenticated, or resumed its session.',
  },
  'connection.failed': {
    levels: ['warn'],
    fields: ['reason', 'message'],
    meaning:
      'The first attempt of a client to reach a front failed. It keeps trying, without logging further attempts.',
  },
  'connection.refused': {
    levels: ['warn'],
    fields: ['message', 'refused'],
    meaning:
      'A new connection was refused at once, because there are too many. At most one line in ten seconds; `refused` counts all of them.',
  },
  'engine.unavailable': {
    levels: ['warn'],
    fields: ['error'],
    meaning:
      'The list of backs could not be read from the database of the cluster. It is read again; no back is declared dead in the meantime.',
  },
  'event.decode-failed': {
    levels: ['error'],
    fields: ['what', 'error'],
    meaning: 'A client cannot decode a payload that it received. The payload was dropped.',
  },
  'event.unknown': {
    levels: ['warn'],
    fields: ['name', 'closest', 'declared'],
    meaning:
      'A client listens to an event that the channel does not declare; `declared` lists those it does, and `closest` names the one that may be meant. Only if the back runs in development.',
  },
  'front.detached': {
    levels: ['info'],
    fields: ['front', 'reason', 'message', 'refs'],
    meaning: 'The link of a front to this back has closed. `refs` sessions were linked through it.',
  },
  'front.linked': {
    levels: ['info'],
    fields: ['front', 'incarnation'],
    meaning: 'A back is linked to a front.',
  },
  'front.send-failed': {
    levels: ['error'],
    fields: ['type', 'bytes', 'limit'],
    meaning: 'A bug in centrum: a frame was longer than the front accepts. It was not sent.',
  },
  'gateway.cut-off': {
    levels: ['warn'],
    fields: ['sockets', 'withinMs'],
    meaning: 'Closing took longer than `shutdownMs`: `sockets` is how many sockets of clients were destroyed.',
  },
  'gateway.listening': {
    levels: ['info'],
    fields: ['url'],
    meaning: 'A front accepts clients at this URL.',
  },
  'grace.short': {
    levels: ['warn'],
    fields: ['graceMs', 'noticedMs', 'message'],
    meaning:
      'The time that channels wait for a client that lost contact (`graceMs`) is shorter than the time that a client without traffic may need to notice the loss (`noticedMs`: `heartbeatMs` of the gateway and `lostMs` of the client). Logged at start, and when a back reports its `graceMs`.',
  },
  'handler.failed': {
    levels: ['error'],
    fields: ['handler', 'error', 'issues'],
    meaning: 'A handler of the app threw. The sender gets `handler-failed`; what the handler had written stays.',
  },
  ...IMAGE_LOG_EVENTS,
  ...LINK_LOG_EVENTS,
  'listener.failed': {
    levels: ['error'],
    fields: ['listener', 'error'],
    meaning: 'A listener of the app threw. The other listeners were called.',
  },
  'log.dropped': {
    levels: ['warn'],
    fields: ['count'],
    meaning:
      '`count` lines could not be written, because more than `logQueuedBytesMax` were waiting, or standard error was full or closed.',
  },
  'log.repeated': {
    levels: ['warn'],
    fields: ['of', 'count'],
    meaning:
      '`count` lines of the event `of` were left out within a second, because there were more than `logLinesPerSecond`.',
  },
  'message.dropped': {
    levels: ['warn'],
    fields: ['client', 'channel', 'count', 'why'],
    meaning:
      'Messages that waited for a channel to become the processor have no effect, because it did not become the processor.',
  },
  'message.refused': {
    levels: ['warn'],
    fields: ['channel', 'client', 'clientSeq', 'name', 'code', 'message', 'error', 'count'],
    meaning:
      'A message had no effect, and no listener was registered for the refusal. For each client the first is logged, the second, the fourth, the eighth and so on: `count` is how many there were.',
  },
  'message.rejected': {
    levels: ['warn'],
    fields: ['channel', 'id', 'count', 'reason'],
    meaning:
      'A message sent by `centrum.send` was rejected (`id`), or all messages that waited for a channel that cannot exist (`count`). They are kept with the reason: `centrum cluster rejected` lists them.',
  },
  'pattern.unowned': {
    levels: ['warn'],
    fields: ['pattern', 'add', 'listed'],
    meaning:
      "The app has this pattern, but no back in the cluster's list owns its channels. Add the value of `add` to the `channels` of a back, or leave out `channels`, which stands for all channels.",
  },
  'pattern.unused': {
    levels: ['warn'],
    fields: ['pattern', 'backs', 'patterns'],
    meaning:
      'Backs in the list have this pattern, but the app has no channel for it. `patterns` lists those of the app.',
  },
  'place.failed': {
    levels: ['error'],
    fields: ['channel', 'error'],
    meaning:
      "The app's `place` threw, or returned something other than one of the backs. The cluster chose the back instead.",
  },
  'process.failed': {
    levels: ['error'],
    fields: ['error', 'origin', 'running', 'last'],
    meaning:
      'An uncaught error ends the process. For a back, `running` lists the asynchronous handlers that were running, and `last` is the handler that began last, each with its channel.',
  },
  'process.stopped': {
    levels: ['info'],
    fields: [],
    meaning: 'The back or front has stopped, and the process ends.',
  },
  'process.stopping': {
    levels: ['info'],
    fields: ['reason'],
    meaning: 'A signal, or the end of `centrum dev`, stops the back or front.',
  },
  'processor.set-failed': {
    levels: ['warn'],
    fields: ['channel', 'error'],
    meaning: 'The channel that should become the processor could not be linked.',
  },
  'request.failed': {
    levels: ['error'],
    fields: ['error'],
    meaning: "The app's function `request` threw. The request was answered with 500.",
  },
  'schema.failed': {
    levels: ['error'],
    fields: ['message', 'error'],
    meaning:
      'A schema threw instead of reporting issues, or returned a promise where it has to be synchronous. The value it should have checked was refused: a payload with `invalid`, an id with `unknown-channel`.',
  },
  'session.unreadable': {
    levels: ['warn'],
    fields: ['session', 'message'],
    meaning: 'A client sent a payload that cannot be decoded. The message has no effect, and its socket is closed.',
  },
  'state.encode-failed': {
    levels: ['error'],
    fields: ['part', 'handlers', 'error'],
    meaning:
      'The state or memory of a channel contains a value that cannot be encoded, since a turn in which these handlers ran. Clients get no changes until it is removed; if it is in the state, their links are `stalled` until then. Logged once.',
  },
  'state.send-failed': {
    levels: ['error'],
    fields: ['channel', 'bytes', 'limit'],
    meaning:
      'The encoded state of a channel is larger than a packet may be (`packetBytesMax`). Clients that link to it are refused with `too-large`.',
  },
  ...STORE_LOG_EVENTS,
  'turn.lost': {
    levels: ['error'],
    fields: ['error'],
    meaning:
      'A turn of a durable channel cannot be stored. Nothing of it was shown. The channel is opened again as it was before the turn, and its clients send again what the turn had processed.',
  },
  'upgrade.failed': {
    levels: ['error'],
    fields: ['remoteAddress', 'error'],
    meaning: 'A function of the app, or centrum itself, threw while a client connected. The client was refused.',
  },
} as const satisfies Readonly<Record<string, LogEventRow>>

type Events = typeof LOG_EVENTS
/** The name of an event that centrum logs; docs/logs.md lists them. */
export type LogEvent = keyof Events

/** The events of a level. */
export type LogEventAt<Level extends LogLevelName> = {
  [E in LogEvent]: Level extends Events[E]['levels'][number] ? E : never
}[LogEvent]

/** The fields that an event may have. */
export type LogFieldsOf<E extends LogEvent> = { readonly [F in Events[E]['fields'][number]]?: unknown }

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
      'Most sockets of a front come from one address, as they do from a proxy that `trustProxy` does not name. Logged once.',
  },
  'address.unknown': {
    levels: ['warn'],
    fields: ['message', 'error'],
    meaning: 'The function `addressOf` gave no address of a client: that of its socket was taken.',
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
      'A front has not reached a back for `cutOffMs`, and reaches others: clients that wait for channels of that back were asked to try another front, where they know one.',
  },
  'back.detached': {
    levels: ['info', 'warn'],
    fields: ['back', 'reason', 'message'],
    meaning: 'The link of a front to a back has closed. `info` where the front itself stops. It dials again.',
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
    meaning: 'A back hands over its channels to others and takes no more.',
  },
  'back.joined-anew': {
    levels: ['info'],
    fields: ['incarnation'],
    meaning: 'A back that others had taken for dead takes part in its cluster again, as another run.',
  },
  'back.linked': {
    levels: ['info'],
    fields: ['back', 'incarnation'],
    meaning: 'A front has a link to a back.',
  },
  'back.listening': {
    levels: ['info'],
    fields: ['address'],
    meaning: 'A back accepts links of fronts at this address.',
  },
  'back.sealed': {
    levels: ['warn'],
    fields: ['back', 'incarnation'],
    meaning:
      'A back was declared dead: its address refuses, it had no connection to the database for `deadMs`, or stored nothing for `leaseMs`. Others take its channels.',
  },
  'back.send-failed': {
    levels: ['error'],
    fields: ['back', 'type', 'bytes', 'limit'],
    meaning: 'A mistake in centrum: a frame was longer than what the back takes. It was not sent.',
  },
  'back.stopped': {
    levels: ['info'],
    fields: [],
    meaning: 'A back has closed its channels and links.',
  },
  'broadcast.handled-unlinked': {
    levels: ['debug'],
    fields: ['session', 'message'],
    meaning: 'A channel handles a broadcast of a client that has no link to it.',
  },
  ...CHANNEL_LOG_EVENTS,
  'client.closed': {
    levels: ['debug', 'warn'],
    fields: ['reason', 'message'],
    meaning: "The socket of a client was closed by the front. `debug` where that is ordinary, such as 'unlinked'.",
  },
  'client.faulted': {
    levels: ['error'],
    fields: ['error'],
    meaning: 'A mistake in centrum, met in a frame of this client. Its socket was closed with `faulted`.',
  },
  'client.refused': {
    levels: ['warn'],
    fields: ['remoteAddress', 'origin', 'host', 'message'],
    meaning: 'A page was not let in, because of its Origin. The option `origins` says who is.',
  },
  'client.welcomed': {
    levels: ['debug'],
    fields: ['connectionAttempt', 'resumed'],
    meaning: 'A client is authenticated, or resumed its session.',
  },
  'connection.failed': {
    levels: ['warn'],
    fields: ['reason', 'message'],
    meaning: 'A client could not reach a front at its first attempt. It goes on trying, without further lines.',
  },
  'connection.refused': {
    levels: ['warn'],
    fields: ['message', 'refused'],
    meaning:
      'A connection was turned away as it came, because there are too many. At most one line in ten seconds; `refused` counts all.',
  },
  'engine.unavailable': {
    levels: ['warn'],
    fields: ['error'],
    meaning:
      'The database of a cluster did not say who is there. It is asked again; nobody is declared dead meanwhile.',
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
      'A client listens to an event that the channel does not declare; `declared` are those that it does, and `closest` is the one that may be meant. Only where the back runs in development.',
  },
  'front.detached': {
    levels: ['info'],
    fields: ['front', 'reason', 'message', 'refs'],
    meaning: 'The link of a front to this back has closed. `refs` sessions were linked through it.',
  },
  'front.linked': {
    levels: ['info'],
    fields: ['front', 'incarnation'],
    meaning: 'A back has a link to a front.',
  },
  'front.send-failed': {
    levels: ['error'],
    fields: ['type', 'bytes', 'limit'],
    meaning: 'A mistake in centrum: a frame was longer than what the front takes. It was not sent.',
  },
  'gateway.cut-off': {
    levels: ['warn'],
    fields: ['sockets', 'withinMs'],
    meaning: 'Closing took longer than `shutdownMs`: so many sockets of clients were broken off.',
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
      'Channels wait for a client that lost contact less long (`graceMs`) than a client without traffic may take to notice it (`noticedMs`: `heartbeatMs` of the gateway and `lostMs` of the client). Logged at start, and when a back says so.',
  },
  'handler.failed': {
    levels: ['error'],
    fields: ['handler', 'error', 'issues'],
    meaning: 'A handler of the app threw. The sender was answered `handler-failed`; what it had written stays.',
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
      'So many lines could not be written: more than `logQueuedBytesMax` waited, or standard error was full or closed.',
  },
  'log.repeated': {
    levels: ['warn'],
    fields: ['of', 'count'],
    meaning: 'So many lines of an event were left out within a second, beyond `logLinesPerSecond`.',
  },
  'message.dropped': {
    levels: ['warn'],
    fields: ['client', 'channel', 'count', 'why'],
    meaning: 'Messages that waited for a channel to become the processor have no effect, because it did not.',
  },
  'message.refused': {
    levels: ['warn'],
    fields: ['channel', 'client', 'clientSeq', 'name', 'code', 'message', 'error', 'count'],
    meaning:
      'A message had no effect, and no listener was there to receive the refusal. Of a client the first is logged, the second, the fourth, the eighth and so on: `count` is how many there were.',
  },
  'message.rejected': {
    levels: ['warn'],
    fields: ['channel', 'id', 'count', 'reason'],
    meaning:
      'What the database sent by `centrum.send` was not taken: one message (`id`), or all that waited for a channel that cannot be (`count`). It is kept with the reason: `centrum cluster rejected` lists it.',
  },
  'pattern.unowned': {
    levels: ['warn'],
    fields: ['pattern', 'add', 'listed'],
    meaning:
      "The app has this pattern, and no back of the cluster's list owns a channel of it. Put `add` into the `channels` of a back, or leave `channels` out, which is everything.",
  },
  'pattern.unused': {
    levels: ['warn'],
    fields: ['pattern', 'backs', 'patterns'],
    meaning: 'Backs of the list have this pattern, and the app has no channel for it. `patterns` are those of the app.',
  },
  'place.failed': {
    levels: ['error'],
    fields: ['channel', 'error'],
    meaning: "The app's `place` threw, or gave what is none of the backs. The cluster chose where the channel opens.",
  },
  'process.failed': {
    levels: ['error'],
    fields: ['error', 'origin', 'running', 'last'],
    meaning:
      'An error that no code caught ends the process. Of a back: the handlers that run across turns, and the one that began last, each with its channel.',
  },
  'process.stopped': {
    levels: ['info'],
    fields: [],
    meaning: 'The master has stopped, and the process ends.',
  },
  'process.stopping': {
    levels: ['info'],
    fields: ['reason'],
    meaning: 'A signal, or the end of `centrum dev`, stops the master.',
  },
  'processor.set-failed': {
    levels: ['warn'],
    fields: ['channel', 'error'],
    meaning: 'The channel that is to be the processor could not be linked to.',
  },
  'request.failed': {
    levels: ['error'],
    fields: ['error'],
    meaning: 'The function `request` of the app threw. The request was answered with 500.',
  },
  'schema.failed': {
    levels: ['error'],
    fields: ['message', 'error'],
    meaning:
      'A schema threw, or gave a promise where it has to answer at once, instead of reporting issues. What it should have checked was refused: a payload with `invalid`, an id with `unknown-channel`.',
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
      'The state, or the memory, of a channel holds a value that cannot be encoded, since a turn in which these handlers ran. Clients get no changes until it is removed; for a state their links are `stalled` meanwhile. Logged once.',
  },
  'state.send-failed': {
    levels: ['error'],
    fields: ['channel', 'bytes', 'limit'],
    meaning:
      'The whole state of a channel is longer than a packet may be (`packetBytesMax`). Those who link to it are refused with `too-large`.',
  },
  ...STORE_LOG_EVENTS,
  'turn.lost': {
    levels: ['error'],
    fields: ['error'],
    meaning:
      'A turn of a durable channel cannot be stored. Nothing of it was shown; the channel is opened again as it was before, and its clients send again what was lost with it.',
  },
  'upgrade.failed': {
    levels: ['error'],
    fields: ['remoteAddress', 'error'],
    meaning: 'A function of the app, or centrum itself, threw while a client was let in. The client was turned away.',
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

/**
 * What each task of an inbox does: checks payloads by the channel's schemas, runs its handlers, and turns how they settled
 * into outcomes: an acknowledged number, an answer, a failure, a link that begins or ends. Knows nothing of connections.
 */
import type { Client, Peer, Sender, UnlinkedClient } from '../channel/context.js'
import { checkOwnValue, checkValue } from './check-value.js'
import { decodePayload, openNamed, UnreadablePayload } from './decode-payload.js'
import { didYouMean } from '../options/closest-name.js'
import { CentrumError } from '../protocol/errors.js'
import { ENTRY, ITEM, type ItemKind } from '../protocol/frame-types.js'
import { makeAnswer, makeFailure } from '../protocol/link-frames.js'
import type { Identity } from '../protocol/master-frames.js'
import { decodeValue } from '../value/decode-value.js'
import { andThen, type TaskOutcome, type TaskRunner } from './keyed-task-queue.js'
import type { TimerImage } from './channel-timers.js'
import { HandedOver } from './handed-over.js'
import { handlerOf } from './handler-of.js'
import { isRepeated, noteOutcome } from './is-repeated.js'
import type { PeerMessage } from './peer-messages.js'
import { encodeSendable } from './encode-sendable.js'
import { DATABASE, sentPayload } from './sent-payload.js'
import type { Session } from './session.js'
import { type ReportedFailure, TaskFailures } from './task-failures.js'
import type { TaskHost } from './task-host.js'
import type { Ending, Task } from './tasks.js'

/** What `onLink` made of a link. A front or channel that speaks for itself has no client. */
interface Admission {
  readonly client: Client | null
  readonly reply: unknown
}

/** Of a task whose session was kicked before it could start. */
const SKIPPED = Symbol('skipped')

const NO_ADMISSION: Admission = { client: null, reply: undefined }

export class SessionTasks implements TaskRunner<Task> {
  readonly #host: TaskHost
  readonly #failures: TaskFailures

  constructor(host: TaskHost) {
    this.#host = host
    this.#failures = new TaskFailures(host)
  }

  wake(): void {
    this.#host.wake()
  }

  start(task: Task): unknown {
    if (isOfKicked(task)) return SKIPPED
    this.#host.back.starts(this.#host.id, task)
    return this.#host.context.within(task, () => this.#start(task))
  }

  #start(task: Task): unknown {
    const { handlers, context } = this.#host
    switch (task.type) {
      case 'open':
        return task.restored ? handlers.onRestore?.(context, task.restored) : handlers.onOpen?.(context)
      case 'link':
        return this.#startLink(task)
      case 'entry':
        return task.session.isLinked ? this.#startEntry(task) : undefined
      case 'drop':
        return whileLinked(task.session, (client) => handlers.onDrop?.(context, client))
      case 'resume':
        return whileLinked(task.session, (client) => handlers.onResume?.(context, client))
      case 'end':
        return isOvertaken(task) ? undefined : this.#startEnd(task)
      case 'processor': {
        const client = task.session.processor ? task.session.link?.client : null
        return client ? handlers.onProcessor?.(context, client, { from: null }) : undefined
      }
      case 'release':
        return this.#startRelease(task.session)
      case 'peer':
        return this.#startPeer(task)
      case 'sent':
        return this.#call(task, DATABASE, false, task.message.message, sentPayload(task.message))
      case 'timer':
        return this.#startTimer(task.timer)
      case 'tick':
        context.own.tick++
        return handlers.onTick?.(context, task.dtMs)
      case 'close':
        return handlers.onClose?.(context, task.reason)
    }
  }

  finish(task: Task, outcome: TaskOutcome): void {
    const host = this.#host
    if (outcome.ok && outcome.value === SKIPPED) {
      this.#skip(task)
      return
    }
    switch (task.type) {
      case 'open':
        if (outcome.ok) host.opened()
        else host.openFailed(outcome.error)
        return
      case 'link':
        this.#finishLink(task.session, outcome)
        return
      case 'entry':
        this.#finishEntry(task, outcome)
        return
      case 'end':
        if (isOvertaken(task)) return
        this.#failures.log(handlerOf(task), outcome)
        host.sessions.disconnect(task.session, task.ending)
        return
      case 'release':
        this.#failures.log(handlerOf(task), outcome)
        host.sessions.released(task.session, host.context.eventsSoFar)
        return
      case 'peer':
        host.peers.finish(task)
        this.#failures.log(handlerOf(task), outcome)
        return
      case 'sent':
        this.#finishSent(task, outcome)
        return
      case 'timer':
        this.#failures.log(handlerOf(task), outcome)
        host.dueTimers.settle(task.timer, outcome.ok)
        return
      case 'close':
        this.#failures.log(handlerOf(task), outcome)
        host.closed()
        return
      case 'drop':
      case 'resume':
      case 'processor':
      case 'tick':
        this.#failures.log(handlerOf(task), outcome)
    }
  }

  /** What a kicked session had in the inbox has no outcome. */
  #skip(task: Task): void {
    if (task.type === 'link')
      this.#host.sessions.refused(task.session, 'kicked', 'the session was ended permanently', null)
    if (task.type === 'peer') this.#host.peers.finish(task)
  }

  /** Gives what `onLink` replies, and the client that it saw. */
  #startLink(task: Extract<Task, { readonly type: 'link' }>): unknown {
    const { session, data, options } = task
    const { contract, handlers, context, sessions } = this.#host
    // A front or a channel that speaks for itself is linked without a handler.
    if (session.state.phase !== 'linking' || session.senderKind !== 'client') return undefined
    const given: unknown = options === null ? undefined : decodePayload(options, this.#host.back.limits)
    if (contract.options === null && given !== undefined) {
      throw new CentrumError('invalid', 'this channel accepts no options, because its definition declares none')
    }
    sessions.seats.take(session, contract.linksMax)
    const raw = decodeValue(data)
    return andThen(
      contract.data === null ? raw : checkValue(contract.data, raw, 'data of the client'),
      (checkedData) => {
        const checked =
          contract.options === null ? undefined : checkValue(contract.options, given, 'the options object')
        return andThen(checked, (checkedOptions) => {
          const client = context.makeClient(session, checkedData)
          const linked = context.within(task, () => handlers.onLink?.(context, client, checkedOptions))
          return andThen(linked, (reply): Admission => ({ client, reply }))
        })
      },
    )
  }

  #finishLink(session: Session, outcome: TaskOutcome): void {
    const { sessions } = this.#host
    if (session.state.phase !== 'linking') return
    let error: unknown = null
    if (outcome.ok) {
      const { client, reply } = (outcome.value ?? NO_ADMISSION) as Admission
      try {
        sessions.accepted(session, { client, reply: reply === undefined ? null : this.#encode('the reply', reply) })
        return
      } catch (unsendable) {
        error = unsendable
      }
    } else error = outcome.error
    const { reason, message, details } = this.#failures.report('onLink', error)
    if (error instanceof UnreadablePayload && session.senderKind === 'client')
      this.#host.back.blame(session.id, message)
    sessions.refused(session, reason, message, details.length === 0 ? null : details)
  }

  #startEntry(task: Extract<Task, { readonly type: 'entry' }>): unknown {
    const { session, entry } = task
    const { contract, handlers, context } = this.#host
    const client = session.link?.client
    switch (entry.kind) {
      case ENTRY.message:
      case ENTRY.request: {
        const request = entry.kind === ENTRY.request
        if (contract.writers === 'processor' && session.senderKind === 'client' && !session.processor) {
          throw new CentrumError(
            'not-processor',
            'only clients whose processor this channel is may send to it: call connection.setProcessor first',
          )
        }
        if (isRepeated(context.own.marks, session, entry)) return undefined
        const { name, payload } = openNamed(entry.body)
        return this.#call(task, client ?? peerOf(session.senderKind, session.id), request, name, payload)
      }
      case ENTRY.unlink:
        return this.#startEnd({ session, ending: UNLINKED })
      case ENTRY.take:
        session.setProcessor(true)
        return client ? handlers.onProcessor?.(context, client, { from: null }) : undefined
      case ENTRY.release:
        return this.#startRelease(session)
      case ENTRY.cancelled:
        return undefined
    }
  }

  #startRelease(session: Session): unknown {
    const { handlers, context } = this.#host
    if (!session.processor) return undefined
    session.setProcessor(false)
    return whileLinked(session, (client) => handlers.onProcessorLeft?.(context, client))
  }

  /** Checks a message or request and calls its handler. */
  #call(task: Task, sender: Sender, request: boolean, name: string, payload: Uint8Array): unknown {
    const { contract, handlers, context } = this.#host
    const { counts } = this.#host.back
    const declared = request ? contract.requests.get(name) : contract.messages.get(name)
    const what = `${request ? 'request' : 'message'} '${name}'`
    if (!declared) {
      const names = (request ? contract.requests : contract.messages).keys()
      throw new CentrumError('not-declared', `${what} is not declared by this channel.${didYouMean(name, names)}`)
    }
    if (declared.kind === 'internal' && sender.kind === 'client') {
      throw new CentrumError('not-permitted', `${what} is internal: only fronts and other channels may send it`)
    }
    if (declared.kind === 'plain' && sender.kind !== 'client') {
      throw new CentrumError(
        'not-permitted',
        `${what} is for clients: a ${sender.kind} may only send what is declared internal or broadcastable`,
      )
    }
    const schema = 'input' in declared ? declared.input : declared.schema
    if (request) counts.requests++
    else counts.messages++
    const taken: unknown = checkValue(schema, decodePayload(payload, this.#host.back.limits), what)
    return andThen(taken, (checked) => {
      const result: unknown = context.within(task, () =>
        request
          ? handlers.onRequest[name]?.(context, sender as Client | Peer, checked)
          : handlers.onMessage[name]?.(context, sender, checked),
      )
      if (!request) return result
      const output = contract.requests.get(name)?.output ?? null
      return output === null
        ? result
        : andThen(result, (value): unknown => checkOwnValue(output, value, `the answer of ${what}`))
    })
  }

  #finishEntry(task: Extract<Task, { readonly type: 'entry' }>, outcome: TaskOutcome): void {
    const { session, entry } = task
    const { sessions, context } = this.#host
    // A link that ended in between has no numbers any more: its client reports them as unknown.
    if (session.state.phase === 'disconnected') return
    session.process(entry)
    sessions.changed(session)
    noteOutcome(context.own.marks, session, entry, outcome)
    if (entry.kind === ENTRY.unlink) {
      this.#failures.log('onUnlink', outcome)
      sessions.disconnect(session, UNLINKED)
      return
    }
    const after = context.eventsSoFar
    if (entry.kind === ENTRY.cancelled) {
      this.#reportFailure(session, entry.clientSeq, this.#failures.cancelled(entry.body), after)
      return
    }
    let error: unknown
    if (outcome.ok) {
      if (entry.kind !== ENTRY.request) return
      try {
        const body = makeAnswer(entry.clientSeq, this.#encode('the answer', outcome.value))
        this.#report(session, entry.clientSeq, ITEM.answer, body, after)
        return
      } catch (unsendable) {
        error = unsendable
      }
    } else error = outcome.error
    const failure = this.#failures.report(handlerOf(task), error)
    if (error instanceof UnreadablePayload && session.senderKind === 'client')
      this.#host.back.blame(session.id, failure.message)
    this.#reportFailure(session, entry.clientSeq, failure, after)
  }

  #reportFailure(session: Session, clientSeq: number, failure: ReportedFailure, after: number): void {
    this.#report(session, clientSeq, ITEM.failed, makeFailure({ clientSeq, ...failure }), after)
  }

  #encode(what: string, result: unknown): Uint8Array {
    return encodeSendable(what, result, this.#host.back.limits.sendBytesMax)
  }

  /** An outcome, which cannot be left out: where there is no room for it the link ends. */
  #report(session: Session, clientSeq: number, kind: ItemKind, body: Uint8Array, after: number): void {
    if (session.push(kind, body, after)) return
    session.leaveUnreported(clientSeq)
    this.#host.sessions.overflowed(session)
  }

  #startEnd({
    session,
    ending,
    grace,
  }: Pick<Extract<Task, { readonly type: 'end' }>, 'session' | 'ending' | 'grace'>): unknown {
    const { handlers, context } = this.#host
    const { phase } = session.state
    const client = session.link?.client
    session.beginEnd()
    if (phase === 'disconnected' || !client) return undefined
    const wasProcessor = session.processor
    session.setProcessor(false)
    const dropped = grace?.isDropDue
      ? this.#failures.quietly('onDrop', () => handlers.onDrop?.(context, client))
      : undefined
    return andThen(dropped, () => {
      const left = wasProcessor
        ? this.#failures.quietly('onProcessorLeft', () => handlers.onProcessorLeft?.(context, client))
        : undefined
      return andThen(left, () => handlers.onUnlink?.(context, client, ending.reason))
    })
  }

  #startPeer(task: PeerMessage): unknown {
    const { identity, session, name, payload } = task
    const { contract, context } = this.#host
    if (identity.senderKind !== 'client')
      return this.#call(task, peerOf(identity.senderKind, identity.sessionId), false, name, payload)
    if (session?.isLinked && session.link?.client) {
      if (contract.writers === 'processor' && !session.processor) return undefined
      return this.#call(task, session.link.client, false, name, payload)
    }
    if (contract.writers === 'processor') return undefined
    const data = decodeValue(identity.data)
    return andThen(contract.data === null ? data : checkValue(contract.data, data, 'data of the client'), (checked) => {
      const sender: UnlinkedClient = { kind: 'client', id: identity.sessionId, userId: identity.userId, data: checked }
      context.log.debug('broadcast.handled-unlinked', { session: identity.sessionId, message: name })
      return this.#call(task, sender, false, name, payload)
    })
  }

  /** One whose handler has to end because its channel moves is the next owner's. */
  #finishSent(task: Extract<Task, { readonly type: 'sent' }>, outcome: TaskOutcome): void {
    const { channelId, id } = task.message
    if (!outcome.ok && outcome.error instanceof HandedOver) return
    const refused = outcome.ok ? null : this.#failures.refusalOf(handlerOf(task), outcome.error)
    if (refused !== null) this.#host.log.warn('message.rejected', { id, reason: refused })
    this.#host.context.handled({ channelId, id, refused })
  }

  #startTimer({ name, payload }: TimerImage): unknown {
    const handler = this.#host.handlers.onTimer[name]
    if (handler) return handler(this.#host.context, decodeValue(payload))
    throw new CentrumError(
      'not-declared',
      `timer '${name}' was set by an earlier definition, but this one declares no timer of that name`,
    )
  }
}

const UNLINKED: Ending = { reason: 'unlinked', wire: 'unlinked', relink: false }

function peerOf(senderKind: Identity['senderKind'], id: string): Peer {
  // The session of a channel has its id behind an @: there may be a front of that name.
  return senderKind === 'channel' ? { kind: 'channel', id: id.slice(1) } : { kind: 'front', id }
}

/** Whether the session found contact again between the end of its grace and the turn that would do it: it came back in time (L5). */
function isOvertaken({ session, grace }: Extract<Task, { readonly type: 'end' }>): boolean {
  return grace !== undefined && session.state.contact !== grace
}

function isOfKicked(task: Task): boolean {
  return task.type !== 'end' && 'session' in task && task.session !== null && task.session.isKicked
}

function whileLinked(session: Session, run: (client: Client) => unknown): unknown {
  const client = session.isLinked ? session.link?.client : null
  return client ? run(client) : undefined
}

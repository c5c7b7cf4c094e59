/**
 * How tasks fail: what their senders are told, and what the log gets. What a handler throws by accident stays in the log. Knows nothing
 * of what a task does.
 */
import { CentrumError } from '../protocol/errors.js'
import { readCancelled } from '../protocol/link-frames.js'
import { type Reason, REASONS } from '../protocol/reasons.js'
import type { Log } from '../runtime/runtime.js'
import { encodeWithin } from '../value/encode-within.js'
import { logSchemaFailure } from './check-value.js'
import { errorText } from './error-text.js'
import { isPromise, type TaskOutcome } from './keyed-task-queue.js'
import { WrongCall } from './wrong-call.js'

export interface FailureCounts {
  refused: number
  failed: number
}

interface FailuresHost {
  readonly log: Log
  readonly back: { readonly counts: FailureCounts }
}

export interface ReportedFailure {
  readonly reason: Reason
  readonly message: string
  /** An encoded value; empty for none. */
  readonly details: Uint8Array
}

/** Characters of the message of an error that a handler threw; the message is kept until its client has seen it. */
const MESSAGE_LENGTH_MAX = 2_000
/** Maximum size of the details of an error that a handler threw, in bytes; larger ones are left out. */
const DETAILS_BYTES_MAX = 16 * 1024
const NOTHING = new Uint8Array(0)

export class TaskFailures {
  readonly #host: FailuresHost

  constructor(host: FailuresHost) {
    this.#host = host
  }

  /** What is reported of an error. */
  report(handler: string, error: unknown): ReportedFailure {
    const { counts } = this.#host.back
    if (error instanceof CentrumError && error.code in REASONS && !(error instanceof WrongCall)) {
      counts.refused++
      logSchemaFailure(this.#host.log, error)
      const message = String(error.message).slice(0, MESSAGE_LENGTH_MAX)
      return { reason: error.code as Reason, message, details: encodeDetails(error.details) }
    }
    this.log(handler, { ok: false, error })
    return { reason: 'handler-failed', message: 'the handler failed; the server has logged why', details: NOTHING }
  }

  /** What is reported of an entry that was refused on its way. Makes no error: those who flood are refused for less than they are served. */
  cancelled(body: Uint8Array): ReportedFailure {
    this.#host.back.counts.refused++
    try {
      const { reason, message } = readCancelled(body)
      const shown = message.slice(0, MESSAGE_LENGTH_MAX) || 'The message was withdrawn before it was processed.'
      return { reason, message: shown, details: NOTHING }
    } catch {
      return { reason: 'invalid', message: 'The message was withdrawn, and nobody can read why.', details: NOTHING }
    }
  }

  /** Why a message is kept that nobody is there to be told of. */
  refusalOf(handler: string, error: unknown): string {
    const { reason, message } = this.report(handler, error)
    if (reason !== 'handler-failed') return `${reason}: ${message}`
    const told = error instanceof Error ? error.message : String(error)
    return `${reason}: ${told.slice(0, MESSAGE_LENGTH_MAX)}`
  }

  /** Runs a handler whose failure must not keep the next one from running. */
  quietly(handler: string, run: () => unknown): unknown {
    const failed = (error: unknown): void => this.log(handler, { ok: false, error })
    try {
      const result = run()
      return isPromise(result) ? result.then(undefined, failed) : result
    } catch (error) {
      failed(error)
      return undefined
    }
  }

  log(handler: string, outcome: TaskOutcome): void {
    if (outcome.ok) return
    const { back, log } = this.#host
    back.counts.failed++
    const { error } = outcome
    const issues = error instanceof WrongCall ? error.details : undefined
    log.error('handler.failed', { handler, error: errorText(error), ...(issues === undefined ? {} : { issues }) })
  }
}

function encodeDetails(details: unknown): Uint8Array {
  if (details === undefined) return NOTHING
  try {
    return encodeWithin(details, DETAILS_BYTES_MAX)
  } catch {
    return NOTHING
  }
}

/**
 * Schemas as centrum uses them: `unchecked` declares a type without checking, `broadcastable` and `internal` say who may
 * send a message, and `validate` runs a schema. It knows of no schema library.
 */

import { CentrumError } from '../protocol/errors.js'
import type { InputOf, OutputOf, SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js'

/** Who may send what a schema was wrapped to say. A symbol, since libraries use every other name themselves. */
export const SENDERS: unique symbol = Symbol('centrum.senders')

/** The vendor of schemas that let everything pass. */
export const CHECKS_NOTHING = 'centrum'

/** A schema of a message that a client may send to every open channel at once. */
export interface Broadcastable<Input = unknown, Output = Input> extends StandardSchema<Input, Output> {
  readonly [SENDERS]: 'broadcastable'
}

/** A schema of a message that only fronts and other channels may send. */
export interface Internal<Input = unknown, Output = Input> extends StandardSchema<Input, Output> {
  readonly [SENDERS]: 'internal'
}

/** The schemas of a request: its input and, optionally, its output. Without `output`, the output's type is what the handler returns. */
export interface RequestDeclaration {
  /** The schema of the input. */
  readonly input: StandardSchema
  /** The schema of the output. If left out, its type is what the handler returns, and it is not checked. */
  readonly output?: StandardSchema
}

/** A request that only fronts and other channels may make. */
export type InternalRequest<R extends RequestDeclaration> = R & { readonly [SENDERS]: 'internal' }

/** Declares a type without checking it: every value is accepted unchanged. For values that need no check, or are checked elsewhere. */
export function unchecked<T>(): StandardSchema<T> {
  return { '~standard': { version: 1, vendor: CHECKS_NOTHING, validate: (value) => ({ value: value as T }) } }
}

/** Allows clients to send this message to every open channel at once, with `connection.broadcast`, as well as to one channel. */
export function broadcastable<S extends StandardSchema>(schema: S): Broadcastable<InputOf<S>, OutputOf<S>> {
  requireSchema(schema, 'broadcastable(schema)')
  return { '~standard': (schema as StandardSchema<InputOf<S>, OutputOf<S>>)['~standard'], [SENDERS]: 'broadcastable' }
}

/** Keeps clients from sending this message or making this request: only fronts and other channels may. */
export function internal<S extends StandardSchema>(schema: S): Internal<InputOf<S>, OutputOf<S>>
export function internal<const R extends RequestDeclaration>(request: R): InternalRequest<R>
export function internal(subject: StandardSchema | RequestDeclaration): unknown {
  if (isObject(subject) && 'input' in subject && !isSchema(subject)) return { ...subject, [SENDERS]: 'internal' }
  requireSchema(subject, 'internal(schema)')
  return { '~standard': subject['~standard'], [SENDERS]: 'internal' }
}

/** Whether a value is a schema of any library. Some are functions. */
export function isSchema(value: unknown): value is StandardSchema {
  if (!isObject(value)) return false
  const standard = (value as { readonly '~standard'?: unknown })['~standard']
  return isObject(standard) && 'validate' in standard && typeof standard.validate === 'function'
}

/**
 * Checks and converts a value. Where the schema is asynchronous the result is a promise.
 * @param what what the value is, for the error: `message 'move'`.
 * @throws CentrumError `invalid`, with the schema's issues as `details`.
 */
export function validate<S extends StandardSchema>(
  schema: S,
  value: unknown,
  what: string,
): OutputOf<S> | Promise<OutputOf<S>> {
  const failed = (cause: unknown): never => {
    if (cause instanceof CentrumError) throw cause
    throw new CentrumError(
      'invalid',
      `${what} could not be checked, because its schema threw. Schemas must report issues instead.`,
      {
        cause,
      },
    )
  }
  try {
    const result = (schema as StandardSchema<unknown, OutputOf<S>>)['~standard'].validate(value)
    if ('then' in result)
      return Promise.resolve(result)
        .then((settled) => passed(settled, what))
        .catch(failed)
    const output: unknown = passed(result, what)
    // What an asynchronous morph of arktype makes is a promise as the value: that it rejects is the schema's failure as well.
    return (output instanceof Promise ? output.catch(failed) : output) as OutputOf<S>
  } catch (error) {
    return failed(error)
  }
}

/** How many issues the message of an error names; the rest is counted. */
const ISSUES_NAMED_MAX = 5
/** How many issues the details of an error list; the rest is counted. */
const ISSUES_LISTED_MAX = 20
/** Characters of one issue; the rest is cut off, since libraries quote their input. */
const ISSUE_LENGTH_MAX = 200
/** Parts of a path that are shown. */
const PATH_PARTS_MAX = 20

function passed<Output>(result: SchemaResult<Output>, what: string): Output {
  if (result.issues === undefined) return result.value
  const listed = result.issues.slice(0, ISSUES_LISTED_MAX).map((issue) => ({
    path: cut(pathOf(issue)),
    message: cut(String(issue.message)),
  }))
  const named = listed
    .slice(0, ISSUES_NAMED_MAX)
    .map(({ path, message }) => (path === '' ? message : `at ${path}: ${message}`))
  const more = result.issues.length - named.length
  const unlisted = result.issues.length - listed.length
  throw new CentrumError(
    'invalid',
    `${what} does not fit its schema: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    { details: { issues: listed, ...(unlisted > 0 ? { more: unlisted } : {}) } },
  )
}

/** `players.0.name`; empty for the whole value. */
function pathOf(issue: SchemaIssue): string {
  const parts = (issue.path ?? []).slice(0, PATH_PARTS_MAX)
  return parts.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
}

function cut(text: string): string {
  return text.length <= ISSUE_LENGTH_MAX ? text : `${text.slice(0, ISSUE_LENGTH_MAX)}…`
}

function requireSchema(value: unknown, call: string): void {
  if (isSchema(value)) return
  throw new CentrumError(
    'invalid-definition',
    `${call} needs a schema (zod, valibot, arktype, or any with the Standard Schema interface; unchecked<T>() for none), got ${value === null ? 'null' : typeof value}.`,
  )
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/**
 * The handlers of a channel that is stored. One that is asynchronous sees state and memory read-only, and gives a function that runs in
 * the turn which stores what it does, with the message and its answer. Knows nothing of tasks and of the store.
 */
import type { ChannelHandlers } from '../channel/channel-implementation.js'
import type { ChannelAddress, ChannelContext } from '../channel/context.js'
import { InTurn } from './in-turn.js'
import { isPromise } from './keyed-task-queue.js'
import { StateViews } from './state-views.js'

/** What they ask of their channel. */
export interface StoredHandlersHost {
  /** A plain handler gave a promise: whether anything was written in this turn. Consumes what was. */
  hasWritten(): boolean
  /** Nothing of this turn counts: the channel is opened again as it was stored. */
  loseTurn(message: string): void
}

type Handler = (ctx: ChannelContext, ...args: never[]) => unknown

/** Plain functions that were seen to give a promise: from then on they are treated like asynchronous ones. */
const promising = new WeakSet<object>()

const CALLS_THAT_WRITE = new Set<string | symbol>(['after', 'every', 'cancelTimer'])

export function storedHandlers(handlers: ChannelHandlers, host: StoredHandlersHost): ChannelHandlers {
  const wrap = (name: string, handler: unknown): unknown => {
    if (typeof handler === 'function' && name !== 'onImage') return wrapped(name, handler as Handler, host)
    return typeof handler === 'object' && handler !== null ? wrapAll(handler, `${name}.`) : handler
  }
  const wrapAll = (group: object, prefix: string): object =>
    Object.fromEntries(Object.entries(group).map(([name, each]) => [name, wrap(`${prefix}${name}`, each)]))
  return wrapAll(handlers, '') as unknown as ChannelHandlers
}

function wrapped(name: string, handler: Handler, host: StoredHandlersHost): Handler {
  return (ctx, ...args) => {
    if (promising.has(handler) || isAsync(handler)) return inViews(name, handler, ctx, args, host)
    const result = handler(ctx, ...args)
    if (!isPromise(result)) return result
    promising.add(handler)
    if (host.hasWritten()) {
      host.loseTurn(`${name} wrote and then returned a promise: ${REMEDY}`)
      void Promise.resolve(result).catch(() => undefined)
    }
    return result.then((value) => turnOf(name, value, (run) => run(), host))
  }
}

const REMEDY =
  'an asynchronous handler of a durable channel must return a function that writes; it runs in the turn that stores the writes'

function inViews(
  name: string,
  handler: Handler,
  ctx: ChannelContext,
  args: never[],
  host: StoredHandlersHost,
): unknown {
  const views = new StateViews((what) => new TypeError(`${name} writes ${what} outside a turn: ${REMEDY}`))
  const result = handler(viewOf(ctx, views), ...args)
  if (isPromise(result)) return result.then((value) => turnOf(name, value, (run) => views.writing(run), host))
  return turnOf(name, result, (run) => views.writing(run), host)
}

function turnOf(
  name: string,
  value: unknown,
  writing: (run: () => unknown) => unknown,
  host: StoredHandlersHost,
): unknown {
  if (typeof value !== 'function') return value
  const run = value as () => unknown
  if (isAsync(run))
    throw new TypeError(
      `${name} returned an async function: the function must be synchronous, so that it runs within a turn`,
    )
  return new InTurn(() => {
    const answer = writing(run)
    if (!isPromise(answer)) return answer
    void Promise.resolve(answer).catch(() => undefined)
    host.loseTurn(`the function that ${name} returned gave a promise: it must finish within its turn`)
    throw new TypeError(`the function that ${name} returned gave a promise`)
  })
}

/** The context of one call. */
function viewOf(ctx: ChannelContext, views: StateViews): ChannelContext {
  return new Proxy(ctx, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (name === 'state' || name === 'memory') return views.isWritable ? value : views.of(value, `ctx.${name}`)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (CALLS_THAT_WRITE.has(name)) views.expectWritable(`by ctx.${String(name)}`)
        const given = (value as (...given: unknown[]) => unknown).apply(target, args)
        return name === 'channel' ? addressIn(views, given as ChannelAddress) : given
      }
    },
    set(target, name, value) {
      if (name !== 'local') views.expectWritable(`ctx.${String(name)}`)
      return Reflect.set(target, name, value, target)
    },
  })
}

/** What is sent out of turn would be sent again by a handler that is started again. */
function addressIn(views: StateViews, address: ChannelAddress): ChannelAddress {
  return {
    id: address.id,
    send: (name, ...payload) => {
      views.expectWritable(`by a message to '${address.id}'`)
      address.send(name, ...payload)
    },
    request: (name, ...input) => address.request(name, ...input),
  }
}

function isAsync(handler: { readonly constructor: { readonly name: string } }): boolean {
  return handler.constructor.name === 'AsyncFunction'
}

/**
 * Methods whose promises make time move: real objects keep their own, wrapped so that whoever awaits one sets the simulation going.
 * Knows nothing of what they do.
 */

import { CentrumError } from '../protocol/errors.js'
import type { SimulatedProcess } from './simulated-process.js'
import type { SimulatedTime } from './simulated-time.js'
import { namingHandlers } from './naming-handlers.js'

/** Lets time move until a promise is settled. */
export type Hold = <T>(promise: Promise<T>) => Promise<T>

/** Of what a process promises: rejected with `stopped` where the process is killed. `running`: the handlers that run on backs at the moment. */
export function holdIn(time: SimulatedTime, process: SimulatedProcess, running: () => readonly string[]): Hold {
  return (promise) => {
    const named = promise.catch((error: unknown) => {
      throw namingHandlers(error, running())
    })
    const killed = new Promise<never>((_resolve, reject) => {
      const forget = process.onDeath(() => reject(new CentrumError('stopped', `'${process.id}' was killed`)))
      named.then(forget, forget)
    })
    return time.hold(Promise.race([named, killed]))
  }
}

/** Of an object that a test is handed: `promised` methods give promises, `made` methods give further objects. */
export interface HeldMethods {
  readonly promised?: readonly string[]
  /** What the results of promised methods are, if they are objects, and what made methods give. */
  readonly made?: Readonly<Record<string, HeldMethods>>
}

const CLIENT_LINK: HeldMethods = { promised: ['request', 'unlink'] }

/** `Connection` of the client's library. */
export const CONNECTION: HeldMethods = { promised: ['link', 'setProcessor', 'close'], made: { link: CLIENT_LINK } }

export const BACK_MASTER: HeldMethods = { promised: ['open', 'close'] }

export const FRONT_MASTER: HeldMethods = {
  promised: ['connect'],
  made: {
    channel: { promised: ['link', 'unlink', 'request'] },
    client: { promised: ['link', 'unlink', 'setProcessor', 'disconnect'] },
  },
}

/** Wraps an object's methods in place, and those of what they give. */
export function advanceWhilePending<T extends object>(
  target: T,
  { promised = [], made = {} }: HeldMethods,
  hold: Hold,
): T {
  const methods = target as Record<string, ((...args: unknown[]) => unknown) | undefined>
  for (const name of new Set([...promised, ...Object.keys(made)])) {
    const method = methods[name]
    if (method === undefined) continue
    const next = made[name]
    const wrap = (result: unknown): unknown =>
      next !== undefined && typeof result === 'object' && result !== null
        ? advanceWhilePending(result, next, hold)
        : result
    const awaiting = async (promise: Promise<unknown>): Promise<unknown> => wrap(await promise)
    methods[name] = (...args) => {
      const result = method.apply(target, args)
      return promised.includes(name) ? hold(awaiting(result as Promise<unknown>)) : wrap(result)
    }
  }
  return target
}

/**
 * Interpolation on a link: each state that arrives is recorded with its time, and the movement of a moment ago is shown smoothly.
 */
import type { Channel, TypesOf } from '../channel/channel-types.js'
import type { LinkOf } from '../channel/client-api.js'
import type { ReadonlyState } from '../channel/readonly-state.js'
import type { GivenOptions } from '../options/option-table.js'
import type { Draft } from './copy-value.js'
import { Interpolation, type Things } from './interpolation.js'
import { INTERPOLATOR_OPTIONS, readPredictOptions } from './predict-options.js'

/** The type of an entry of a collection. */
export type ThingOf<S> = S extends ReadonlyMap<unknown, infer V> ? V : S extends object ? S[keyof S] : never

type Tuning = Omit<GivenOptions<typeof INTERPOLATOR_OPTIONS>, 'select' | 'fields' | 'time'>

/** What `createInterpolator` takes. */
export interface InterpolatorOptions<C extends Channel, S extends object> extends Tuning {
  /** Selects from the state the objects that are interpolated, by id, in an object or a Map; undefined while there are none. */
  readonly select: (state: ReadonlyState<TypesOf<C>['state']>) => S | undefined
  /** The fields of each object that are interpolated: numbers, or objects of numbers. Other fields are copied unchanged. */
  readonly fields: readonly (keyof ThingOf<S> & string)[]
  /**
   * Returns the server's time of a state, in milliseconds since 1970, if the state contains it. States that the network delayed
   * are then shown as they were, and `delayMs` must also cover the way from the server. If left out, the time of arrival is used.
   */
  readonly time?: ((state: ReadonlyState<TypesOf<C>['state']>) => number) | undefined
}

/** What `createInterpolator` returns. */
export interface Interpolator<S> {
  /**
   * What to show at a time: copies of the objects, in a collection of the same kind.
   * @param serverNowMs the result of `connection.serverNow()`.
   */
  at(serverNowMs: number): Draft<S>
  /** How many objects are followed. */
  readonly size: number
  /** Stops following the link. */
  close(): void
}

interface FollowedLink {
  readonly state: unknown
  readonly changedAt: number
  onChange(listener: () => void): () => void
  onReset(listener: () => void): () => void
}

/**
 * Shows the movement of other objects in a channel's state, interpolated between the states that arrive.
 * @param link a live link. An object that appears or disappears later is followed from the first state that has it to the last.
 */
export function createInterpolator<C extends Channel, S extends object>(
  link: LinkOf<C>,
  options: InterpolatorOptions<C, S>,
): Interpolator<S> {
  const settings = readPredictOptions('createInterpolator', INTERPOLATOR_OPTIONS, options)
  const { angles = {}, time } = settings
  const select = settings.select as (state: unknown) => Things | undefined
  const timeOf = time as ((state: unknown) => number) | undefined
  // The types of a channel exist for the compiler only: at run time a state is what it is.
  const followed = link as unknown as FollowedLink
  const interpolation = new Interpolation({ ...settings, angles })
  const push = (): void => {
    interpolation.push(timeOf?.(followed.state) ?? followed.changedAt, select(followed.state))
  }
  const stopListening = [followed.onReset(() => interpolation.clear()), followed.onChange(push)]
  push()
  return {
    at: (serverNowMs) => interpolation.at(serverNowMs) as Draft<S>,
    get size() {
      return interpolation.size
    },
    close() {
      for (const stop of stopListening) stop()
    },
  }
}

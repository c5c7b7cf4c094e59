/**
 * `defineApp`: which channels there are, by pattern, and who may use them. The one value that every role is started with.
 */

import type { PatternNames } from '../protocol/channel-id.js'
import { describeValue, isRecord } from '../options/describe-value.js'
import { readOptions } from '../options/read-options.js'
import { type OptionPlace, refuseOption } from '../options/read-table.js'
import { compilePatterns } from '../protocol/pattern.js'
import type {
  App,
  AppMatch,
  Authenticated,
  AuthenticationRequest,
  ImplementedChannel,
  Place,
  Revalidate,
  Sessions,
} from './app.js'
import type { ChannelImplementation } from './channel-implementation.js'
import { APP_DECLARATION_OPTIONS } from './channel-options.js'
import type { Channel, TypesOf } from './channel-types.js'
import { definitionPlace, namedEntries } from './definition-place.js'
import type { EncodableState } from './encodable-state.js'
import { validate } from './schema.js'

interface Implementations {
  readonly [pattern: string]: ImplementedChannel
}

/** What an app consists of. `authenticate` is required if a channel declares `data`, and must return it. */
export type AppDeclaration<C extends Implementations> = {
  /** Implementations by pattern: `lobby`, `arena/:id`, `world/*`. The same one may be used for several patterns. */
  readonly channels: C & {
    readonly [P in keyof C]: FittingParams<P & string, TypesOf<C[P]>['params']['sent']> &
      EncodableState<TypesOf<C[P]>['state'], 'state'> &
      EncodableState<TypesOf<C[P]>['memory'], 'memory'>
  }
  /** Whether a second tab of the same user is a client of its own (`many`, the default), or replaces the first (`onePerUser`). */
  readonly sessions?: Sessions
  /** The name that resume tokens are bound to: give apps that share a key different names. */
  readonly name?: string
  /**
   * Called each time a session resumes, to check that the client is still allowed in; it must settle within `authenticateMs`. Returns
   * the client's current data, or `undefined` to keep the old data. Throw `AuthenticationRefused` to refuse the client. If left out, a
   * client with a valid token resumes unchanged.
   */
  readonly revalidate?: Revalidate<DataOf<C>>
  /**
   * In a dynamic cluster: chooses the back on which a new channel opens. Returns one of the backs, or its id. With null or undefined the
   * cluster chooses: names and weights determine two candidates, and the less loaded gets the channel. `backs` are those that list the
   * channel's pattern and accept more channels. In a static cluster the list decides, and `place` is not called.
   */
  readonly place?: Place
} & (undefined extends DataOf<C>
  ? {
      /** Determines who a client is. Throw `AuthenticationRefused` to refuse it. If left out, each client is a user of its own. */
      readonly authenticate?: (request: AuthenticationRequest) => MaybeAsync<Authenticated<DataOf<C>>>
    }
  : {
      /** Determines who a client is, and returns the data that channels declare. Throw `AuthenticationRefused` to refuse it. */
      readonly authenticate: (
        request: AuthenticationRequest,
      ) => MaybeAsync<{ readonly userId: string; readonly data: DataOf<C> }>
    })

type MaybeAsync<V> = V | Promise<V>

/** What all channels together need to know of a client: the intersection. */
export type DataOf<C extends { readonly [pattern: string]: Channel }> = {
  [P in keyof C]: (data: TypesOf<C[P]>['data']['sent']) => void
}[keyof C] extends (data: infer D) => void
  ? D
  : never

/** `unknown` where a pattern delivers what the `params` schema takes, else a sentence that says what is wrong. */
type FittingParams<P extends string, Sent> = unknown extends Sent
  ? unknown
  : [Exclude<RequiredNames<Sent>, PatternNames<P>>] extends [never]
    ? [NamesOfOtherTypes<Sent, PatternNames<P>>] extends [never]
      ? unknown
      : `the params schema of this channel must take a string as '${NamesOfOtherTypes<Sent, PatternNames<P>>}'`
    : `the params schema of this channel needs '${Exclude<RequiredNames<Sent>, PatternNames<P>>}', which the pattern '${P}' does not have`

type RequiredNames<Sent> = {
  [N in keyof Sent]-?: string extends N ? never : undefined extends Sent[N] ? never : N & string
}[keyof Sent]

type NamesOfOtherTypes<Sent, Names extends string> = {
  [N in keyof Sent & Names]: [Sent[N] & string] extends [never] ? N : never
}[keyof Sent & Names]

/**
 * Defines an app: its channels by pattern, and who may connect.
 * @throws CentrumError `invalid-definition`, naming the option, its value and what is accepted.
 */
export function defineApp<const C extends Implementations>(
  declaration: AppDeclaration<C>,
): App<{ [P in keyof C]: Channel<TypesOf<C[P]>> }> {
  const place = definitionPlace('defineApp')
  const read = readOptions(place, APP_DECLARATION_OPTIONS, declaration)
  const { channels: given, authenticate, revalidate, sessions, name, place: choose } = read
  const channels = readChannels(place, given)
  const patterns = compilePatterns(channels.keys(), (problem) => refuseOption(place, problem))
  if (authenticate === undefined) refuseMissingData(place, channels)
  return Object.freeze({
    channels,
    name: name ?? '',
    authenticate: authenticate ?? null,
    revalidate: revalidate ?? null,
    sessions,
    place: choose ?? null,
    match(channelId: string): AppMatch | null {
      const match = patterns.match(channelId)
      const implementation = match === null ? undefined : channels.get(match.pattern)
      return match === null || implementation === undefined ? null : { ...match, implementation }
    },
  })
}

function readChannels(
  place: OptionPlace,
  given: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, ChannelImplementation> {
  const entries = namedEntries(place, 'channels', given)
  if (entries.length === 0) refuseOption(place, `channels is empty. ${APP_DECLARATION_OPTIONS.channels.required}`)
  return new Map(entries.map(([pattern, value]) => [pattern, readImplementation(place, pattern, value)]))
}

function readImplementation(place: OptionPlace, pattern: string, value: unknown): ChannelImplementation {
  const name = `channels['${pattern}']`
  if (!isRecord(value) || !('contract' in value)) {
    refuseOption(
      place,
      `${name} is ${describeValue(value)}. It must be the result of defineChannel({ … }).implement({ … }).`,
    )
  }
  if ('handlers' in value) return value as unknown as ChannelImplementation
  return refuseOption(place, `${name} is defined but not implemented. Give the result of .implement({ … }).`)
}

/** Without `authenticate` no client has data: where a channel's schema does not accept that, no client could ever link. */
function refuseMissingData(place: OptionPlace, channels: ReadonlyMap<string, ChannelImplementation>): void {
  for (const [pattern, { contract }] of channels) {
    if (contract.data === null || takesNothing(contract.data)) continue
    refuseOption(
      place,
      `authenticate is missing, but '${pattern}' declares data that it must provide. Add authenticate.`,
    )
  }
}

function takesNothing(schema: Parameters<typeof validate>[0]): boolean {
  try {
    const result = validate(schema, undefined, 'data')
    if (result instanceof Promise) result.catch(() => undefined)
    return true
  } catch {
    return false
  }
}

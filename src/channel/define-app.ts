/**
 * `defineApp`: which channels there are, by pattern, and who may use them. The one value that every role is started with.
 */

import type { PatternNames } from '../protocol/channel-id.js'
import { compilePatterns } from '../protocol/pattern.js'
import type {
  App,
  AppMatch,
  Authenticate,
  Authenticated,
  AuthenticationRequest,
  ImplementedChannel,
  Sessions,
} from './app.js'
import type { ChannelImplementation } from './channel-implementation.js'
import type { Channel, TypesOf } from './channel-types.js'
import { describeValue, isRecord, OptionReader } from './option-reader.js'
import { validate } from './schema.js'

interface Implementations {
  readonly [pattern: string]: ImplementedChannel
}

/** What an app is. `authenticate` is required where a channel declares `data`, and has to deliver it. */
export type AppDeclaration<C extends Implementations> = {
  /** Implementations by pattern: `lobby`, `arena/:id`, `world/*`. One may stand under several patterns. */
  readonly channels: C & { readonly [P in keyof C]: FittingParams<P & string, TypesOf<C[P]>['params']['sent']> }
  /** What a second tab of a user is: a client of its own (the default), or the one that replaces the first. */
  readonly sessions?: Sessions
} & (undefined extends DataOf<C>
  ? {
      /** Says who a client is. Throw `AuthenticationRefused` to refuse it. Without it each client is a user of its own. */
      readonly authenticate?: (request: AuthenticationRequest) => MaybeAsync<Authenticated<DataOf<C>>>
    }
  : {
      /** Says who a client is, with the data that channels declare. Throw `AuthenticationRefused` to refuse it. */
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
    : `the params schema of this channel needs '${Exclude<RequiredNames<Sent>, PatternNames<P>>}', which the pattern '${P}' has not`

type RequiredNames<Sent> = {
  [N in keyof Sent]-?: string extends N ? never : undefined extends Sent[N] ? never : N & string
}[keyof Sent]

type NamesOfOtherTypes<Sent, Names extends string> = {
  [N in keyof Sent & Names]: [Sent[N] & string] extends [never] ? N : never
}[keyof Sent & Names]

/**
 * Defines an app.
 * @throws CentrumError `invalid-definition`, naming the option, its value and what would do.
 */
export function defineApp<const C extends Implementations>(
  declaration: AppDeclaration<C>,
): App<{ [P in keyof C]: Channel<TypesOf<C[P]>> }> {
  const reader = new OptionReader('defineApp', declaration, ['channels', 'authenticate', 'sessions'])
  const channels = readChannels(reader)
  const patterns = compilePatterns(channels.keys(), (problem) => reader.refuse(problem))
  const authenticate = readAuthenticate(reader)
  if (authenticate === null) refuseMissingData(reader, channels)
  return Object.freeze({
    channels,
    authenticate,
    sessions: reader.oneOf('sessions', ['many', 'onePerUser'], 'many'),
    match(channelId: string): AppMatch | null {
      const match = patterns.match(channelId)
      const implementation = match === null ? undefined : channels.get(match.pattern)
      return match === null || implementation === undefined ? null : { ...match, implementation }
    },
  })
}

function readChannels(reader: OptionReader): ReadonlyMap<string, ChannelImplementation> {
  if (!reader.has('channels'))
    reader.refuse("channels is missing. Give it implementations by pattern: { 'arena/:id': arena }.")
  const entries = reader.entries('channels')
  if (entries.length === 0)
    reader.refuse("channels is empty. Give it implementations by pattern: { 'arena/:id': arena }.")
  return new Map(entries.map(([pattern, value]) => [pattern, readImplementation(reader, pattern, value)]))
}

function readImplementation(reader: OptionReader, pattern: string, value: unknown): ChannelImplementation {
  if (isRecord(value) && 'contract' in value) {
    if ('handlers' in value) return value as unknown as ChannelImplementation
    reader.refuse(`channels['${pattern}'] is defined but not implemented. Give what .implement({ … }) returns.`)
  }
  return reader.refuse(
    `channels['${pattern}'] must be what defineChannel({ … }).implement({ … }) returns, got ${describeValue(value)}.`,
  )
}

function readAuthenticate(reader: OptionReader): Authenticate | null {
  const authenticate = reader.value('authenticate')
  if (authenticate === undefined) return null
  if (isAuthenticate(authenticate)) return authenticate
  return reader.refuse(
    `authenticate must be a function that returns { userId, data }, got ${describeValue(authenticate)}.`,
  )
}

function isAuthenticate(value: unknown): value is Authenticate {
  return typeof value === 'function'
}

/** Without `authenticate` no client has data: where a channel's schema does not take that, nobody could ever link. */
function refuseMissingData(reader: OptionReader, channels: ReadonlyMap<string, ChannelImplementation>): void {
  for (const [pattern, { contract }] of channels) {
    if (contract.data === null || takesNothing(contract.data)) continue
    reader.refuse(`authenticate is missing, and '${pattern}' declares the data that it delivers. Add authenticate.`)
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

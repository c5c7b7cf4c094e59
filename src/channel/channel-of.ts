/**
 * From the type of an app and the type of an id to the types of the channel that the id reaches: what patterns do at run
 * time, done by the compiler. Types only; the run-time half is in `protocol/pattern.ts`.
 */

import type { PatternId } from '../protocol/channel-id.js'
import type { App, ChannelsOf } from './app.js'
import type { Channel, TypesOf } from './channel-types.js'

/** The definition that an id of the app reaches; `never` if no pattern matches. */
export type ChannelOf<A extends App, Id extends string> =
  PatternOf<A, Id> extends infer P extends keyof ChannelsOf<A> ? ChannelsOf<A>[P] : never

/** The pattern that wins for an id. */
export type PatternOf<A extends App, Id extends string> = string extends keyof ChannelsOf<A>
  ? string
  : Id extends string
    ? Winner<Candidates<keyof ChannelsOf<A> & string, Id>>
    : never

/**
 * What a method takes for an id whose type it infers: the id itself where it reaches a channel, else something that makes
 * a readable error: the union of all ids, or a sentence where that union would take the id (`arena/1/2` fits
 * `arena/${string}`). The union stands here as it is made, since the name of an alias would be shown in its place.
 */
export type ReachingId<A extends App, Id extends string> = [PatternOf<A, Id>] extends [never]
  ? Id extends { [P in keyof ChannelsOf<A> & string]: PatternId<P> }[keyof ChannelsOf<A> & string]
    ? `no channel of the app has the id ${Id}`
    : { [P in keyof ChannelsOf<A> & string]: PatternId<P> }[keyof ChannelsOf<A> & string]
  : Id

/** What the channel that an id reaches wants to know when a client links. `unknown` where there is none. */
export type OptionsOf<C> = [C] extends [never] ? unknown : C extends Channel ? TypesOf<C>['options']['sent'] : never

/** What `onLink` of the channel that an id reaches returns. */
export type ReplyOf<C> = C extends Channel ? TypesOf<C>['reply'] : never

/** The ids of an app's channels. */
export type ChannelIdOf<A extends App> = {
  [P in keyof ChannelsOf<A> & string]: PatternId<P>
}[keyof ChannelsOf<A> & string]

/** The patterns that match an id, each with the part of it that the choice has not looked at yet. */
type Candidates<P extends string, Id extends string> = P extends string
  ? Matches<P, Id> extends true
    ? [pattern: P, rest: P]
    : never
  : never

type Matches<P extends string, Id extends string> = P extends `${infer Head}/${infer Rest}`
  ? Id extends `${infer IdHead}/${infer IdRest}`
    ? MatchesSegment<Head, IdHead> extends true
      ? Matches<Rest, IdRest>
      : false
    : false
  : Id extends `${string}/${string}`
    ? false
    : MatchesSegment<P, Id>

type MatchesSegment<P extends string, Segment extends string> = Segment extends ''
  ? false
  : P extends `:${string}` | '*'
    ? true
    : Segment extends P
      ? true
      : false

/** Of the candidates the one that is most exact at the first segment where they differ. */
type Winner<C extends [string, string]> =
  IsOne<C[0]> extends true
    ? C[0]
    : MostExact<C> extends infer Best extends [string, string]
      ? Winner<Step<Best>>
      : never

type IsOne<U extends string, All extends string = U> = [U] extends [never]
  ? true
  : U extends string
    ? [All] extends [U]
      ? true
      : false
    : never

type MostExact<C extends [string, string]> = [WithLiteral<C>] extends [never]
  ? [WithNamed<C>] extends [never]
    ? C
    : WithNamed<C>
  : WithLiteral<C>

type WithLiteral<C extends [string, string]> = C extends [string, infer Rest extends string]
  ? Rest extends `:${string}` | '*' | `*/${string}`
    ? never
    : C
  : never

type WithNamed<C extends [string, string]> = C extends [string, `:${string}`] ? C : never

type Step<C extends [string, string]> = C extends [infer P extends string, `${string}/${infer Rest}`] ? [P, Rest] : C

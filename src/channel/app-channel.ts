/**
 * From the type of an app and the type of an id to the types of the channel that the id reaches: what patterns do at run
 * time, done by the compiler. Types only; the run-time half is in `protocol/pattern.ts`.
 */

import type { App, ChannelsOf } from './app.js'

/** The definition that an id of the app reaches; `never` if no pattern matches. */
export type ChannelOf<A extends App, Id extends string> = ChannelsOf<A>[PatternOf<A, Id>]

/** The pattern that wins for an id. */
export type PatternOf<A extends App, Id extends string> = string extends keyof ChannelsOf<A>
  ? string
  : Winner<Candidates<keyof ChannelsOf<A> & string, Id>>

/** What is shown in an error for an id that fits no pattern of the app. */
export type Unreached<Id extends string> = `no channel of the app has the id ${Id}`

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

/** Of the candidates that which is most exact at the first segment where they differ. */
type Winner<C extends [string, string]> = IsOne<C[0]> extends true ? C[0] : Winner<Step<MostExact<C>>>

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

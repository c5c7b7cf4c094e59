/**
 * What is known of a channel definition at compile time, as plain payload types: the one type argument that definitions,
 * contexts, handlers and the faces of clients and masters share. No schema library is named here, so none appears in
 * the declarations emitted for an application.
 */

import type { ChannelContract, Durability, MessageKind } from './channel-contract.js'

/** A value that crosses a boundary: the type its sender gives, and the type its receiver sees after the schema. */
export interface Crossing {
  readonly sent: unknown
  readonly received: unknown
}

export interface MessageTypes extends Crossing {
  readonly kind: MessageKind
}

export interface RequestTypes {
  readonly kind: 'plain' | 'internal'
  readonly input: Crossing
  readonly output: Crossing
}

/** The types of one channel definition. Each is a supertype of what a concrete definition has: the parameter is covariant. */
export interface ChannelTypes {
  /** Of the state. */
  readonly state: object
  /** Of the parts of the id. */
  readonly params: Crossing
  /** Of what `authenticate` delivers. */
  readonly data: Crossing
  /** Of what a client says when it links. */
  readonly options: Crossing
  /** Of what `onLink` returns. */
  readonly reply: unknown
  /** Of messages, by name. */
  readonly messages: { readonly [name: string]: MessageTypes }
  /** Of requests, by name. */
  readonly requests: { readonly [name: string]: RequestTypes }
  /** Of events, by name. */
  readonly events: { readonly [name: string]: Crossing }
  /** Of what `transfer` brings along. */
  readonly handover: Crossing
  /** Of timers' payloads, by name. */
  readonly timers: { readonly [name: string]: Crossing }
  /** Of `ctx.memory`; undefined for none. */
  readonly memory: unknown
  /** Of `ctx.local`; undefined where none is declared. */
  readonly local: unknown
  /** What outlives the owner. */
  readonly durability: Durability
}

declare const channelTypes: unique symbol

/** Carries the types of a channel definition, implemented or not. The property of types exists for the compiler only. */
export interface Channel<out T extends ChannelTypes = ChannelTypes> {
  /** What the channel is: the declaration, checked, with its defaults. */
  readonly contract: ChannelContract
  readonly [channelTypes]?: T
}

/** The types that a definition carries. */
export type TypesOf<C extends Channel> = NonNullable<C[typeof channelTypes]>

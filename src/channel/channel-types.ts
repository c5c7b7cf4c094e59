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
  readonly state: object
  readonly params: Crossing
  readonly data: Crossing
  readonly options: Crossing
  readonly reply: unknown
  readonly messages: { readonly [name: string]: MessageTypes }
  readonly requests: { readonly [name: string]: RequestTypes }
  readonly events: { readonly [name: string]: Crossing }
  readonly handover: Crossing
  readonly timers: { readonly [name: string]: Crossing }
  readonly memory: unknown
  readonly local: unknown
  readonly durability: Durability
}

declare const channelTypes: unique symbol

/** Carries the types of a channel definition, implemented or not. The property of types exists for the compiler only. */
export interface Channel<out T extends ChannelTypes = ChannelTypes> {
  readonly contract: ChannelContract
  readonly [channelTypes]?: T
}

/** The types that a definition carries. */
export type TypesOf<C extends Channel> = NonNullable<C[typeof channelTypes]>

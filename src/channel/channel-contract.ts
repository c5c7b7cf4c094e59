/**
 * What a channel is, as masters see it at run time: the validated declaration with every default filled in. `null` means
 * "not given". It knows nothing of handlers.
 */

import type { FieldType } from '../state/schema/struct.js'
import type { StandardSchema } from './standard-schema.js'

/** What a channel is. One object per `defineChannel`: its identity is the definition's. */
export interface ChannelContract {
  /** Makes the state of a new channel. `params` are as the schema gave them. */
  readonly state: (opening: ChannelOpening) => object
  /** What the state is made of, where that is declared. */
  readonly shape: FieldType<object> | null
  /** For the parts of the id: `{ name: string }`. Without one they stay as they are. */
  readonly params: StandardSchema | null
  /** For what `authenticate` delivered. Without one, `client.data` is that value, unchecked. */
  readonly data: StandardSchema | null
  /** For what a client says when it links. Without one, options are refused and handlers see `undefined`. */
  readonly options: StandardSchema | null
  readonly messages: ReadonlyMap<string, MessageContract>
  readonly requests: ReadonlyMap<string, RequestContract>
  readonly events: ReadonlyMap<string, StandardSchema>
  readonly handover: StandardSchema | null
  readonly timers: ReadonlyMap<string, StandardSchema>
  /** Makes `ctx.memory` of a new channel. */
  readonly memory: ((opening: ChannelOpening) => object) | null
  /** Milliseconds between turns. 0: a turn in the next macrotask after input. */
  readonly tickMs: number
  /** The most that `onTick` gets for `dtMs`. */
  readonly dtMsMax: number
  readonly writers: Writers
  readonly durability: Durability
  /** How old the image of a channel with `durability: 'snapshot'` may get. */
  readonly snapshotMs: number
  /** Of state and memory; what a store has of another one goes through `migrate`. */
  readonly stateVersion: number
  readonly migrate: Migrate | null
  /** Milliseconds without links after which the channel sleeps. `null`: never. */
  readonly idleMs: number | null
  /** Milliseconds for which a dropped client is waited for. `null`: the back's own. */
  readonly graceMs: number | null
  /** Milliseconds for which a handler is waited for. */
  readonly handlerMsMax: number
  /** How many clients are linked at once, those whose `onLink` runs among them. `null`: as many as the back allows. */
  readonly linksMax: number | null
  /** How many channels of this definition one back holds open at once. */
  readonly channelsMax: number
  /** How many timers a channel has at once. */
  readonly timersMax: number
  /** How far back `ctx.rewind` goes. `null`: there is none. */
  readonly rewindMsMax: number | null
}

/** State and memory as they were stored. */
export interface StoredParts {
  /** As it was stored. */
  readonly state: unknown
  /** `undefined` if the definition declared none. */
  readonly memory: unknown
}

/** Converts state and memory that were stored with an older `stateVersion`. */
export type Migrate = (
  old: StoredParts,
  from: number,
) => { readonly state: object; readonly memory?: object | undefined }

export interface ChannelOpening {
  readonly id: string
  readonly params: unknown
}

/** Who may send messages: all linked clients (`linked`), or only clients whose processor the channel is (`processor`). */
export type Writers = 'linked' | 'processor'

export interface MessageContract {
  readonly kind: MessageKind
  readonly schema: StandardSchema
}

/** `internal`: only fronts and other channels may make it. Without an output schema what the handler returns is sent. */
export interface RequestContract {
  readonly kind: 'plain' | 'internal'
  readonly input: StandardSchema
  readonly output: StandardSchema | null
}

/** Who may send a message: linked clients (`plain`), only fronts and other channels (`internal`), or also clients that broadcast to all channels (`broadcastable`). */
export type MessageKind = 'plain' | 'internal' | 'broadcastable'

/** What is stored, so that it survives a channel's owner: nothing (`none`), a snapshot at intervals (`snapshot`), or every turn (`log`). */
export type Durability = 'none' | 'snapshot' | 'log'

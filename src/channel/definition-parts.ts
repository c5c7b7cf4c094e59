/**
 * The parts of a definition by name, for functions that handlers call: `function hurt(ctx: ContextOf<typeof arena>) {}`.
 * Where `arena` is what its own handlers make, name the definition before `.implement` and use that.
 */

import type { Channel, TypesOf } from './channel-types.js'
import type { ChannelContext, Client } from './context.js'

/** The `ctx` of a definition's handlers. */
export type ContextOf<C extends Channel> = ChannelContext<TypesOf<C>>

/** The clients of a definition's handlers. */
export type ClientOf<C extends Channel> = Client<TypesOf<C>>

/** The state of a definition's channels. */
export type ChannelStateOf<C extends Channel> = TypesOf<C>['state']

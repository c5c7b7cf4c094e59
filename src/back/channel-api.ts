/** What an application's own code on a back sees of a channel. */
import type { BackChannelApi } from '../channel/back-api.js'
import type { Except } from '../channel/context.js'
import type { BackChannel } from './back-channel.js'

export class ChannelApi implements BackChannelApi {
  readonly #channel: BackChannel

  constructor(channel: BackChannel) {
    this.#channel = channel
  }

  get id(): string {
    return this.#channel.id
  }

  get epoch(): number {
    return this.#channel.epoch
  }

  get version(): number {
    return this.#channel.version
  }

  get state(): object {
    return this.#channel.state
  }

  get summary(): unknown {
    return this.#channel.context.summary
  }

  broadcast(event: string, payload: unknown, options?: { readonly except?: Except }): void {
    this.#channel.context.broadcast(event, payload, options)
  }
}

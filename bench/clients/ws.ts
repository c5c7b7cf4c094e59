/** The client of the bare world: JSON both ways. */
import type { WebSocket } from 'ws'
import { type BareClient, breakOff, type Dialect, open, type Sink } from './dialect.js'

const PUSH = JSON.stringify({ push: { dx: 0.5, dy: -0.25 } })

class WsClient implements BareClient {
  readonly #url: string
  readonly #sink: Sink
  #socket: WebSocket | null = null

  constructor(url: string, sink: Sink) {
    this.#url = url
    this.#sink = sink
  }

  /** The state is the first that comes. */
  dial(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket = open(this.#url, this.#sink, () => resolve())
    })
  }

  push(): void {
    this.#socket?.send(PUSH)
  }

  beat(): void {}

  drop(): void {
    if (this.#socket !== null) breakOff(this.#socket)
    this.#socket = null
  }

  comeBack(): Promise<void> {
    return this.dial()
  }
}

export const ws: Dialect = {
  async join(url, room, sink) {
    const client = new WsClient(`${url.replace('http', 'ws')}/${room}`, sink)
    await client.dial()
    return client
  },
}

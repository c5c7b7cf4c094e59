/** The least client of socket.io: engine.io over one WebSocket, a connection with the room in its `auth`, events as JSON. */
import type { WebSocket } from 'ws'
import { type BareClient, breakOff, type Dialect, open, type Sink } from './dialect.js'

const OPEN = '0'
const PING = '2'
const PONG = '3'
const CONNECT = '40'
const EVENT = '42'
const PUSH = `${EVENT}${JSON.stringify(['push', { dx: 0.5, dy: -0.25 }])}`
const ALL = `${EVENT}["all"`

class SocketIoClient implements BareClient {
  readonly #url: string
  readonly #room: string
  readonly #sink: Sink
  #socket: WebSocket | null = null

  constructor(url: string, room: string, sink: Sink) {
    this.#url = url
    this.#room = room
    this.#sink = sink
  }

  dial(): Promise<void> {
    return new Promise((resolve) => {
      const socket = open(`${this.#url}/socket.io/?EIO=4&transport=websocket`, this.#sink, (data) => {
        const kind = String.fromCharCode(data[0] as number)
        if (kind === OPEN) socket.send(`${CONNECT}${JSON.stringify({ room: this.#room })}`)
        else if (kind === PING) socket.send(PONG)
        else if (data.toString('latin1', 0, ALL.length) === ALL) resolve()
      })
      this.#socket = socket
    })
  }

  push(): void {
    this.#socket?.send(PUSH)
  }

  /** The server asks, and is answered above. */
  beat(): void {}

  drop(): void {
    if (this.#socket !== null) breakOff(this.#socket)
    this.#socket = null
  }

  comeBack(): Promise<void> {
    return this.dial()
  }
}

export const socketIo: Dialect = {
  async join(url, room, sink) {
    const client = new SocketIoClient(url.replace('http', 'ws'), String(room), sink)
    await client.dial()
    return client
  },
}

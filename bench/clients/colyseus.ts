/** The least client of Colyseus: a seat by HTTP, JOIN_ROOM, messages; the same seat by its token when it comes back, as its SDK does. */
import { pack } from 'msgpackr'
import type { WebSocket } from 'ws'
import { type BareClient, breakOff, type Dialect, open, type Sink } from './dialect.js'

const JOIN_ROOM = 10
const ROOM_DATA = 13
const ROOM_STATE = 14
const CODE_MASK = 0x1f

const NAME = 'push'
/** The name leads with its length as a short text of the schema's encoding. */
const PUSH = Buffer.concat([
  Buffer.from([ROOM_DATA, 0xa0 | NAME.length]),
  Buffer.from(NAME),
  pack({ dx: 0.5, dy: -0.25 }),
])

interface Seat {
  readonly processId: string
  readonly roomId: string
  readonly sessionId: string
}

class ColyseusClient implements BareClient {
  readonly #url: string
  readonly #sink: Sink
  #socket: WebSocket | null = null
  #token = ''

  constructor(url: string, sink: Sink) {
    this.#url = url
    this.#sink = sink
  }

  dial(): Promise<void> {
    return new Promise((resolve) => {
      const again = this.#token === '' ? '' : `&reconnectionToken=${this.#token}&skipHandshake=true`
      const socket = open(`${this.#url}${again}`, this.#sink, (data) => {
        const code = (data[0] as number) & CODE_MASK
        if (code === JOIN_ROOM) {
          this.#token = data.toString('utf8', 2, 2 + (data[1] as number))
          socket.send(Buffer.from([JOIN_ROOM]))
        } else if (code === ROOM_STATE) resolve()
      })
      this.#socket = socket
    })
  }

  push(): void {
    this.#socket?.send(PUSH)
  }

  /** The server asks by WebSocket pings, which `ws` answers. */
  beat(): void {}

  drop(): void {
    if (this.#socket !== null) breakOff(this.#socket)
    this.#socket = null
  }

  comeBack(): Promise<void> {
    return this.dial()
  }
}

export const colyseus: Dialect = {
  async join(url, room, sink) {
    const response = await fetch(`${url}/matchmake/joinById/room${room}`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: '{}',
    })
    if (!response.ok) throw new Error(`no seat: ${response.status} ${await response.text()}`)
    const { processId, roomId, sessionId } = (await response.json()) as Seat
    const seat = `${url.replace('http', 'ws')}/${processId}/${roomId}?sessionId=${sessionId}`
    const client = new ColyseusClient(seat, sink)
    await client.dial()
    return client
  },
}

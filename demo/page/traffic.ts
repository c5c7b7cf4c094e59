/**
 * Counts what goes over the connection, and knows which front it goes to: a WebSocket like any other, that is looked at
 * while it works.
 */
import type { WebSocketConstructor } from 'centrum/client'

/** The rates are those of this time. */
const WINDOW_MS = 2_000

export class Traffic {
  /** To be given to `connect`. */
  readonly WebSocket: WebSocketConstructor
  #url = ''
  #in = new Rate()
  #out = new Rate()

  constructor() {
    const opened = (url: string): void => {
      this.#url = url
    }
    const received = (bytes: number): void => this.#in.add(bytes)
    const sent = (bytes: number): void => this.#out.add(bytes)
    this.WebSocket = class extends WebSocket {
      constructor(url: string) {
        super(url)
        this.addEventListener('open', () => opened(url))
        this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          if (data instanceof ArrayBuffer) received(data.byteLength)
        })
      }

      override send(data: Uint8Array<ArrayBuffer>): void {
        sent(data.byteLength)
        super.send(data)
      }
    }
  }

  /** The port of the front that was last connected to. */
  get port(): number {
    return this.#url === '' ? 0 : Number(new URL(this.#url).port)
  }

  /** Bytes a second. */
  get inRate(): number {
    return this.#in.value
  }

  get outRate(): number {
    return this.#out.value
  }
}

class Rate {
  #counts: { readonly at: number; readonly bytes: number }[] = []

  add(bytes: number): void {
    this.#counts.push({ at: performance.now(), bytes })
  }

  get value(): number {
    const since = performance.now() - WINDOW_MS
    this.#counts = this.#counts.filter(({ at }) => at > since)
    return (this.#counts.reduce((sum, { bytes }) => sum + bytes, 0) * 1_000) / WINDOW_MS
  }
}

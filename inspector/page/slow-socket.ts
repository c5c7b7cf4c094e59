/** A WebSocket with a network of one's own choice: latency each way, stalls, and a cut. The page's client dials through it. */

/** How long what stalls is held up; what is behind it waits. */
const STALL_MS = 400

export interface Weather {
  /** Milliseconds each way. */
  latencyMs: number
  /** Of all messages, the part that stalls. */
  stalls: number
}

/** The class of such sockets, and what cuts those that are open. */
export function slowSockets(weather: Weather): { readonly WebSocket: typeof WebSocket; cut(): void } {
  const open = new Set<WebSocket>()
  /** In order: nothing overtakes. */
  const line = (): ((run: () => void) => void) => {
    let freeAt = 0
    // Timers fire within a millisecond of their time, in any order: what is due is what has waited longest.
    const waiting: (() => void)[] = []
    return (run) => {
      const now = performance.now()
      const stall = Math.random() < weather.stalls ? STALL_MS : 0
      freeAt = Math.max(freeAt, now + weather.latencyMs + stall)
      waiting.push(run)
      if (waiting.length === 1 && freeAt - now < 1) waiting.shift()?.()
      else setTimeout(() => waiting.shift()?.(), freeAt - now)
    }
  }
  class SlowSocket extends WebSocket {
    readonly #up = line()
    readonly #down = line()

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      open.add(this)
      this.addEventListener('close', () => open.delete(this))
    }

    override send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
      this.#up(() => {
        if (this.readyState === WebSocket.OPEN) super.send(data as ArrayBuffer)
      })
    }

    override set onmessage(listener: ((this: WebSocket, event: MessageEvent) => unknown) | null) {
      super.onmessage = listener && ((event) => this.#down(() => void listener.call(this, event)))
    }

    override get onmessage(): ((this: WebSocket, event: MessageEvent) => unknown) | null {
      return super.onmessage
    }
  }
  return {
    WebSocket: SlowSocket,
    cut() {
      for (const socket of open) socket.close()
    },
  }
}

/**
 * A proxy for TCP and unix sockets that does to connections what networks do: cuts them, holds or delays what they carry, hands it
 * over in odd pieces, keeps a close to itself, and goes silent. What it passes on is in order and whole up to some point.
 */
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { cleanUp } from './clean-up.js'

/** Bytes a piece, in turn. */
const PIECES = [1, 2, 3, 1, 7, 64, 1, 1_000, 5, 20_000]

interface Pair {
  readonly near: Socket
  readonly far: Socket
  /** Nothing is passed on any more, also no close. */
  silent: boolean
}

export class BadProxy {
  /** Whether a close of one side is kept from the other. */
  swallowsCloses = false
  /** The longest that a piece is held back, in milliseconds; all pieces behind it wait as well. */
  delayMsMax = 0
  /** Whether what comes is handed on in odd pieces, each on its own. */
  inPieces = false
  /** Connections that were taken in so far. */
  taken = 0
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #held: Promise<void> | null = null
  #release: (() => void) | null = null
  #piece = 0

  private constructor(target: NetConnectOpts) {
    this.#server = createServer((near) => this.#take(near, connect(target)))
  }

  /** In front of what listens at `http://host:port`. */
  static forUrl(t: TestContext, url: string): Promise<BadProxy> {
    const { hostname, port } = new URL(url)
    return BadProxy.#start(t, { host: hostname, port: Number(port) }, { host: '127.0.0.1', port: 0 })
  }

  /** At one path, in front of what listens at another. */
  static forPath(t: TestContext, path: string, target: string): Promise<BadProxy> {
    return BadProxy.#start(t, { path: target }, { path })
  }

  static async #start(
    t: TestContext,
    target: NetConnectOpts,
    at: { readonly path?: string; readonly host?: string; readonly port?: number },
  ): Promise<BadProxy> {
    const proxy = new BadProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(at, resolve))
    cleanUp(t, () => {
      proxy.carryOn()
      proxy.cut()
      proxy.#server.close()
    })
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Connections of which at least one side is open. */
  get open(): number {
    return this.#pairs.size
  }

  /** Breaks all connections off; both sides are told, or, where `side` is given, that side alone. */
  cut(side: 'near' | 'far' | 'both' = 'both'): void {
    for (const pair of this.#pairs) {
      if (side !== 'both') pair.silent = true
      if (side !== 'far') pair.near.destroy()
      if (side !== 'near') pair.far.destroy()
    }
  }

  /** Tells the sides that think their connections live of the closes that were kept from them. */
  closeLate(): void {
    for (const { near, far } of this.#pairs) {
      if (near.destroyed) far.destroy()
      if (far.destroyed) near.destroy()
    }
  }

  /** Makes all connections of this moment half-open for good: both sides hear nothing more, and are not told. */
  silence(): void {
    for (const pair of this.#pairs) pair.silent = true
  }

  /** Passes nothing on until `carryOn`, and takes no more than fits into the buffers on the way. */
  hold(): void {
    this.#held ??= new Promise((resolve) => (this.#release = resolve))
  }

  carryOn(): void {
    this.#release?.()
    this.#held = this.#release = null
  }

  #take(near: Socket, far: Socket): void {
    const pair = { near, far, silent: false }
    this.taken++
    this.#pairs.add(pair)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        if (near.destroyed && far.destroyed) this.#pairs.delete(pair)
      })
    }
    void this.#carry(pair, near, far)
    void this.#carry(pair, far, near)
  }

  async #carry(pair: Pair, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        for (const piece of this.#cutUp(bytes)) await this.#pass(pair, piece, to)
      }
    } catch {
      // It was broken off, and ends as any other.
    }
    if (!this.swallowsCloses && !pair.silent) to.destroySoon()
  }

  async #pass(pair: Pair, piece: Buffer, to: Socket): Promise<void> {
    // The lengths of the waits are those of the pieces: odd, and the same in each run.
    const delayMs = this.delayMsMax === 0 ? 0 : (this.#piece * 7) % (this.delayMsMax + 1)
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    else if (this.inPieces) await new Promise((resolve) => setImmediate(resolve))
    await this.#held
    if (pair.silent || to.destroyed || to.write(piece)) return
    await new Promise<void>((resolve) => {
      to.once('drain', resolve)
      to.once('close', resolve)
    })
  }

  *#cutUp(bytes: Buffer): Iterable<Buffer> {
    if (!this.inPieces) {
      this.#piece++
      yield bytes
      return
    }
    for (let at = 0; at < bytes.length;) {
      const length = PIECES[this.#piece++ % PIECES.length] ?? 1
      yield bytes.subarray(at, at + length)
      at += length
    }
  }
}

/**
 * What tests of links need: masters that listen and dial at some place, ends that write down what they are told, streams that
 * swallow bytes, and waiting for a condition with a limit.
 */
import assert from 'node:assert/strict'
import { acceptLinks, type AcceptOptions, type LinkListener } from '../../src/link/accept-links.js'
import { keepLink, type KeepLinkOptions, type KeptLink } from '../../src/link/dial-link.js'
import { type LinkLimits, linkLimits } from '../../src/link/link-limits.js'
import { type MasterIdentity, newIncarnation, NO_LIST } from '../../src/link/master-identity.js'
import type { LinkEvents, MasterLink } from '../../src/link/master-link.js'
import type { Stream, StreamEvents, Transport } from '../../src/link/transport.js'
import type { Reason } from '../../src/protocol/reasons.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import type { Clock, Log, LogFields, Runtime } from '../../src/runtime/runtime.js'

/** Where masters meet: an address that is free, and what reaches it. */
export interface Place {
  readonly transport: Transport
  readonly address: string
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

export interface TestRuntime extends Runtime {
  readonly lines: readonly LogLine[]
}

export function testRuntime(clock: Clock = nodeRuntime({ logLevel: 'silent' }).clock): TestRuntime {
  const lines: LogLine[] = []
  const logWith = (own: LogFields): Log => {
    const line = (level: LogLine['level']) => (event: string, fields?: LogFields) => {
      lines.push({ level, event, fields: { ...own, ...fields } })
    }
    return {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: (fields) => logWith({ ...own, ...fields }),
    }
  }
  return { clock, random: nodeRuntime({ logLevel: 'silent' }).random, log: logWith({}), lines }
}

/** Waits in macrotasks, so that a manual clock may stand still meanwhile. */
export async function until(condition: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  const given = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > given) assert.fail(`waited ${limitMs} ms in vain until ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Lets everything that is under way on this machine arrive: some rounds of the event loop. */
export async function settle(rounds = 20): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** One end of a link, which writes down what it is told. */
export class End implements LinkEvents {
  readonly link: MasterLink
  readonly frames: Uint8Array[] = []
  readonly closed: { reason: Reason; message: string }[] = []
  drained = 0
  /** What else is done with a frame. */
  react: ((frame: Uint8Array) => void) | null = null

  constructor(link: MasterLink) {
    this.link = link
  }

  onFrame(frame: Uint8Array): void {
    assert.equal(this.closed.length, 0, 'a frame came after onClosed')
    this.frames.push(frame)
    this.react?.(frame)
  }

  onClosed(reason: Reason, message: string): void {
    this.closed.push({ reason, message })
  }

  onDrained(): void {
    this.drained++
  }

  get reasons(): readonly Reason[] {
    return this.closed.map(({ reason }) => reason)
  }
}

export function identityOf(role: 'front' | 'back', more: Partial<MasterIdentity> = {}): MasterIdentity {
  const { random } = nodeRuntime({ logLevel: 'silent' })
  return { role, id: `${role}-1`, incarnation: newIncarnation(random), listHash: NO_LIST, ...more }
}

/** A back that listens: the ends it was given, newest last. */
export interface Listening {
  readonly ends: End[]
  readonly listener: LinkListener
  readonly runtime: TestRuntime
  readonly identity: MasterIdentity
}

/** A front that keeps a link: the ends it was given, newest last, and what it was told. */
export interface Keeping {
  readonly ends: End[]
  readonly kept: KeptLink
  readonly downs: Reason[]
  readonly refusals: { reason: Reason; message: string }[]
  readonly runtime: TestRuntime
  readonly identity: MasterIdentity
}

/** What to end when a test is over. */
export class Cleanup {
  readonly #ends: (() => unknown)[] = []

  add(end: () => unknown): void {
    this.#ends.push(end)
  }

  async run(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end()
    await settle(3)
  }
}

export interface Meeting {
  readonly identity?: Partial<MasterIdentity>
  readonly limits?: Partial<LinkLimits>
  readonly runtime?: TestRuntime
}

export async function listenAt(
  place: Place,
  cleanup: Cleanup,
  options: Meeting & Partial<Pick<AcceptOptions, 'admit' | 'peers'>> = {},
): Promise<Listening> {
  const { runtime = testRuntime(), limits, identity, ...more } = options
  const ends: End[] = []
  const own = identityOf('back', identity)
  const listener = await acceptLinks({
    ...place,
    ...more,
    identity: own,
    limits: linkLimits(limits),
    runtime,
    onLink(link) {
      const end = new End(link)
      ends.push(end)
      return end
    },
  })
  cleanup.add(() => {
    for (const { link } of ends) link.close('closing', 'the test is over')
    return listener.close()
  })
  return { ends, listener, runtime, identity: own }
}

export function keepAt(
  place: Place,
  cleanup: Cleanup,
  options: Meeting & Partial<Pick<KeepLinkOptions, 'expectedId' | 'check' | 'peers'>> & { onUp?: () => void } = {},
): Keeping {
  const { runtime = testRuntime(), limits, identity, expectedId = 'back-1', onUp, ...more } = options
  const ends: End[] = []
  const downs: Reason[] = []
  const refusals: { reason: Reason; message: string }[] = []
  const own = identityOf('front', identity)
  const kept = keepLink({
    ...place,
    ...more,
    identity: own,
    expectedId,
    limits: linkLimits(limits),
    runtime,
    events: {
      onUp(link) {
        onUp?.()
        const end = new End(link)
        ends.push(end)
        return end
      },
      onDown: (reason) => void downs.push(reason),
      onRefused: (reason, message) => void refusals.push({ reason, message }),
    },
  })
  cleanup.add(() => kept.stop())
  return { ends, kept, downs, refusals, runtime, identity: own }
}

/** A back and a front that are linked. */
export async function linkedPair(
  place: Place,
  cleanup: Cleanup,
  back: Parameters<typeof listenAt>[2] = {},
  front: Parameters<typeof keepAt>[2] = {},
): Promise<{ back: Listening; front: Keeping; backEnd: End; frontEnd: End; reached: Place }> {
  const listening = await listenAt(place, cleanup, back)
  const reached = { transport: place.transport, address: listening.listener.address }
  const keeping = keepAt(reached, cleanup, front)
  await until(() => keeping.ends.length > 0 && listening.ends.length > 0, 'both ends have a link')
  return {
    back: listening,
    front: keeping,
    backEnd: listening.ends[0] as End,
    frontEnd: keeping.ends[0] as End,
    reached,
  }
}

/**
 * A transport whose dialled streams carry nothing any more, either way, while `swallowing` is set: no bytes, and not the news
 * that the other side has gone.
 */
export class SwallowingTransport implements Transport {
  readonly #inner: Transport
  readonly #kept = new Set<Stream>()
  #swallowing = false

  constructor(inner: Transport, cleanup: Cleanup) {
    this.#inner = inner
    cleanup.add(() => (this.swallowing = false))
  }

  get swallowing(): boolean {
    return this.#swallowing
  }

  set swallowing(swallowing: boolean) {
    this.#swallowing = swallowing
    if (swallowing) return
    for (const stream of this.#kept) stream.destroy()
    this.#kept.clear()
  }

  dial(address: string, accept: (stream: Stream) => StreamEvents, signal: AbortSignal): Promise<void> {
    return this.#inner.dial(address, (stream) => this.#muffle(stream, accept), signal)
  }

  listen(...args: Parameters<Transport['listen']>): ReturnType<Transport['listen']> {
    return this.#inner.listen(...args)
  }

  #muffle(stream: Stream, accept: (stream: Stream) => StreamEvents): StreamEvents {
    let ended = false
    const events = accept({
      peer: stream.peer,
      get buffered() {
        return stream.buffered
      },
      write: (bytes) => {
        if (!this.#swallowing) stream.write(bytes)
      },
      end: () => {
        if (!this.#swallowing) stream.end()
      },
      destroy: () => {
        if (!this.#swallowing) {
          stream.destroy()
          return
        }
        this.#kept.add(stream)
        end(null)
      },
    })
    const end = (error: Error | null): void => {
      if (ended) return
      ended = true
      setImmediate(() => events.onEnd(error))
    }
    return {
      onBytes: (bytes) => {
        if (!this.#swallowing && !ended) events.onBytes(bytes)
      },
      onDrained: () => {
        if (!ended) events.onDrained()
      },
      onEnd: (error) => {
        if (!this.#swallowing) end(error)
      },
    }
  }
}

/** A stream that a test speaks over by itself. */
export class RawStream implements StreamEvents {
  readonly chunks: Uint8Array[] = []
  stream: Stream | null = null
  ended = 0
  error: Error | null = null

  static async dial(place: Place, cleanup: Cleanup): Promise<RawStream> {
    const raw = new RawStream()
    await place.transport.dial(place.address, raw.accept, new AbortController().signal)
    cleanup.add(() => raw.stream?.destroy())
    return raw
  }

  readonly accept = (stream: Stream): StreamEvents => {
    this.stream = stream
    return this
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks))
  }

  write(bytes: Uint8Array): void {
    this.stream?.write(bytes)
  }

  onBytes(bytes: Uint8Array): void {
    assert.equal(this.ended, 0, 'bytes came after onEnd')
    this.chunks.push(bytes)
  }

  onDrained(): void {}

  onEnd(error: Error | null): void {
    this.ended++
    this.error = error
  }
}

/** A frame of a number and as many bytes as wanted, from which it can be told whether it is whole. */
export function numberedFrame(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(Math.max(bytes, 5))
  for (let i = 5; i < frame.length; i++) frame[i] = (number + i) & 0xff
  frame[0] = 1 + (number % 200)
  new DataView(frame.buffer).setUint32(1, number, true)
  return frame
}

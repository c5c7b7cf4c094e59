/**
 * A front that speaks for itself: it links to a channel, sends what only fronts may send, and mirrors the state from the encoded bytes
 * that it is given. It ends with the run of its front.
 */
import type { LinkStatus } from '../../src/channel/client-api.js'
import { CentrumError, type ErrorCode } from '../../src/protocol/errors.js'
import type { Reason } from '../../src/protocol/reasons.js'
import type { Timer } from '../../src/runtime/runtime.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import type { SeededRandom } from '../../src/testing/seeded-random.js'
import type { SimulatedProcess } from '../../src/testing/simulated-process.js'
import type { ChannelName, Pulse } from './channels.js'
import type { StateChecker } from './checkers/state-checker.js'
import type { Findings } from './findings.js'
import type { Ledger } from './ledger.js'

/** As much of a `FrontChannel` as is used. */
export interface SpeakingChannel {
  readonly epoch: number
  readonly status: LinkStatus
  link(settings: { readonly timeoutMs: number }): Promise<Uint8Array>
  unlink(): Promise<void>
  onPatch(listener: (bytes: Uint8Array, at: { readonly epoch: number; readonly version: number }) => void): unknown
  onKeyframe(listener: (bytes: Uint8Array, at: { readonly epoch: number; readonly version: number }) => void): unknown
  onStatus(listener: (status: LinkStatus, reason: Reason | null) => void): unknown
  send(message: 'pulse', payload: Pulse): number
}

export interface SpeakerTools {
  readonly ledger: Ledger
  readonly state: StateChecker
  readonly findings: Findings
  readonly random: SeededRandom
}

const LINK_MS = 20_000
/** Why a link may be over, or a call may fail, while everything goes wrong. */
const MAY_BE: readonly ErrorCode[] = [
  'stopped',
  'closing',
  'channel-closed',
  'unlinked',
  'timeout',
  'overflow',
  'buffer-full',
  'not-linked',
]

export class SimulatedSpeaker {
  readonly process: SimulatedProcess
  readonly #id: ChannelName
  readonly #channel: SpeakingChannel
  readonly #stream: string
  readonly #tools: SpeakerTools
  readonly #mirror = new StateMirror<object>()
  readonly #meanMs: number
  #timer: Timer | null = null
  #counter = 0
  /** In which epoch it was linked first: what was sent before another one may be lost. */
  #epoch = 0
  #over = false
  /** What was told to be refused or unknown: a front's own messages have only the log for that. */
  readonly #refused = new Set<number>()
  /** By the number that it was sent under last. */
  readonly #counters = new Map<number, number>()

  constructor(
    process: SimulatedProcess,
    id: ChannelName,
    channel: SpeakingChannel,
    meanMs: number,
    name: string,
    tools: SpeakerTools,
  ) {
    this.process = process
    this.#id = id
    this.#channel = channel
    this.#stream = name
    this.#meanMs = meanMs
    this.#tools = tools
    channel.onPatch((bytes, { epoch, version }) => this.#take(epoch, version, () => this.#mirror.patch(bytes)))
    channel.onKeyframe((bytes, { epoch, version }) => this.#take(epoch, version, () => this.#mirror.load(bytes)))
    channel.onStatus((status, reason) => {
      if (status !== 'closed') return
      this.#end()
      if (reason === null || !MAY_BE.includes(reason))
        tools.findings.add('status', name, `its link was closed for ${reason}`)
    })
    void this.#begin()
  }

  async #begin(): Promise<void> {
    try {
      const encoded = await this.#channel.link({ timeoutMs: LINK_MS })
      this.#epoch = this.#channel.epoch
      this.#mirror.load(encoded)
      this.#next()
    } catch (error) {
      this.#told(error)
    }
  }

  get over(): boolean {
    return this.#over || this.process.state === 'dead'
  }

  /** Whether all it said was handled, and it is where its channel is. */
  get isAtRest(): boolean {
    if (this.over) return true
    const { status, epoch } = this.#channel
    if (status !== 'live' || this.#tools.state.newest(this.#id)?.epoch !== epoch) return false
    return this.#unhandled === null
  }

  /** The first that was never handled; null where none is, or where what was sent in another epoch may be lost. */
  get #unhandled(): number | null {
    if (this.#channel.epoch !== this.#epoch) return null
    for (let counter = 1; counter <= this.#counter; counter++) {
      if (!this.#refused.has(counter) && !this.#tools.ledger.handled(this.#pulse(counter).id)) return counter
    }
    return null
  }

  /** Its front's log says that what it sent as n was refused, or is unknown. */
  refused(channelId: unknown, n: unknown): void {
    if (channelId !== this.#id || typeof n !== 'number') return
    this.#tools.findings.saw('a message of a front that its log says to be refused')
    this.#refused.add(this.#counters.get(n) ?? 0)
  }

  /** Says nothing more by itself. */
  rest(): void {
    this.#timer?.cancel()
  }

  /** The faults are over, and there was time enough. */
  settled(): void {
    if (this.over) return
    const { findings, state } = this.#tools
    const { status, epoch } = this.#channel
    if (status !== 'live') findings.add('G5', this.#stream, `is ${status} long after the last fault`)
    const newest = state.newest(this.#id)
    if (newest?.epoch !== epoch) findings.add('G1', this.#stream, `is in epoch ${epoch}, not ${newest?.epoch}`)
    const unhandled = this.#unhandled
    if (unhandled !== null) findings.add('G3', this.#stream, `pulse ${unhandled} was never handled`)
  }

  async leave(): Promise<void> {
    if (!this.over) await this.#channel.unlink()
  }

  #take(epoch: number, version: number, change: () => void): void {
    change()
    this.#tools.findings.saw('a state compared at a front')
    this.#tools.state.seen(this.#stream, this.#id, epoch, version, this.#mirror.state)
  }

  #pulse(counter: number): Pulse {
    return { id: `${this.#stream}/${counter}`, stream: this.#stream, counter }
  }

  #next(): void {
    this.#timer = this.process.runtime.clock.after(this.#tools.random.waitMs(this.#meanMs), () => {
      if (this.over) return
      try {
        const n = this.#channel.send('pulse', this.#pulse(this.#counter + 1))
        this.#counters.set(n, ++this.#counter)
      } catch (error) {
        this.#told(error)
      }
      this.#next()
    })
  }

  #end(): void {
    this.#over = true
    this.#timer?.cancel()
  }

  #told(error: unknown): void {
    if (error instanceof CentrumError && MAY_BE.includes(error.code)) {
      if (error.code !== 'buffer-full') this.#end()
      return
    }
    this.#tools.findings.add('errors', this.#stream, error instanceof Error ? (error.stack ?? '') : String(error))
  }
}

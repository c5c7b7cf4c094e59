/**
 * One client of the simulation: it links and unlinks, sends, asks, moves its processor and goes, at random, and has each of its links
 * checked. All it does happens in its own process, so that it stands still and dies with it.
 */
import type { AnyLink, Connection } from '../../src/channel/connection-api.js'
import { CentrumError, type ErrorCode } from '../../src/protocol/errors.js'
import type { Reason } from '../../src/protocol/reasons.js'
import type { Timer } from '../../src/runtime/runtime.js'
import type { SeededRandom } from '../../src/testing/seeded-random.js'
import type { SimulatedProcess } from '../../src/testing/simulated-process.js'
import { type ChannelName, CHANNELS, type Note, type SimulatedApp } from './channels.js'
import { awaitedBy } from './checkers/held-counts.js'
import { LinkChecker } from './checkers/link-checker.js'
import type { StateChecker } from './checkers/state-checker.js'
import type { Begin } from './checkers/wire-checker.js'
import type { Findings } from './findings.js'
import type { Ledger } from './ledger.js'

export type SimulatedLink = AnyLink<SimulatedApp>

export interface ClientTools {
  readonly ledger: Ledger
  readonly state: StateChecker
  readonly findings: Findings
  readonly random: SeededRandom
  begin(client: string, channelId: string): Begin | undefined
}

/** How long requests wait, in milliseconds. */
const REQUEST_MS = 8_000
/** Reasons for which a link may be over that nobody unlinked. */
const ENDS: readonly Reason[] = ['unlinked', 'channel-closed', 'kicked', 'link-refused', 'overflow']

interface Linked {
  readonly link: SimulatedLink
  readonly checker: LinkChecker
  readonly stream: string
  counter: number
}

export class SimulatedClient {
  readonly id: string
  readonly connection: Connection<SimulatedApp>
  readonly process: SimulatedProcess
  readonly #tools: ClientTools
  readonly #random: SeededRandom
  readonly #meanMs: number
  readonly #linked = new Map<ChannelName, Linked>()
  readonly #linking = new Set<ChannelName>()
  #links = 0
  #acts = 0
  #active = true
  #timer: Timer | null = null
  #asking = 0
  #kicked = false
  asked = 0
  sent = 0
  full = 0

  constructor(connection: Connection<SimulatedApp>, process: SimulatedProcess, meanMs: number, tools: ClientTools) {
    this.id = process.id
    this.connection = connection
    this.process = process
    this.#tools = tools
    this.#random = tools.random
    this.#meanMs = meanMs
    process.onHappened = () => this.#look()
    connection.onStatus((status, reason) => {
      if (status !== 'closed' || reason === null) return
      if (reason === 'kicked' && this.#kicked) this.#active = false
      else tools.findings.add('status', this.id, `its connection was closed for ${reason}`)
    })
    this.#next()
  }

  get links(): Iterable<Linked> {
    return this.#linked.values()
  }

  /** Whether it was kicked, as it had asked for. */
  get over(): boolean {
    return this.connection.status === 'closed'
  }

  /** What is asked and has not been answered. */
  get asking(): number {
    return this.#asking + this.#linking.size
  }

  /** Whether all it said has its outcome, and it is where its channels are. */
  get isAtRest(): boolean {
    if (this.over) return true
    if (this.connection.status !== 'connected' || this.asking > 0) return false
    if (Object.values(awaitedBy(this.connection.inspect())).some((count) => count > 0)) return false
    return [...this.#linked.values()].every(({ checker }) => checker.isUpToDate)
  }

  /** Does nothing more by itself. */
  rest(): void {
    this.#active = false
    this.#timer?.cancel()
  }

  /** Its link's entry went over the wire. */
  said(channelId: string, entry: Parameters<LinkChecker['said']>[0]): void {
    this.#linked.get(channelId as ChannelName)?.checker.said(entry)
  }

  #look(): void {
    for (const { checker } of this.#linked.values()) checker.look()
  }

  #next(): void {
    this.#timer = this.process.runtime.clock.after(this.#random.waitMs(this.#meanMs), () => {
      if (!this.#active || this.over) return
      this.#act()
      this.#next()
    })
  }

  #act(): void {
    const dice = this.#random.float()
    if (this.#linked.size === 0 || dice < 0.02) this.#link()
    else if (dice < 0.03) this.#unlink()
    else if (dice < 0.05) this.#moveProcessor()
    else if (dice < 0.07) this.#attempt(() => this.connection.broadcast('hail', this.id))
    else if (dice < 0.15) this.#actOnProcessor()
    else if (dice < 0.3) this.#ask()
    else if (dice < 0.31) this.#burst()
    else this.#send()
  }

  #link(): void {
    const id = this.#random.pick(CHANNELS)
    if (id === undefined || this.#linked.has(id) || this.#linking.has(id)) return
    this.#linking.add(id)
    const refuse = this.#random.chance(0.05)
    const processor = this.#random.chance(0.3)
    const impatient = this.#random.chance(0.05)
    const timeoutMs = impatient ? 1 + this.#random.below(100) : 20_000
    const stream = `${this.id}/${++this.#links}`
    this.connection
      .link(id, { options: { refuse }, processor, timeoutMs })
      .then((link) => this.#began(id, link, stream))
      .catch((error: unknown) => this.#told('link', error, refuse ? 'link-refused' : impatient ? 'timeout' : null))
      .finally(() => this.#linking.delete(id))
  }

  #began(id: ChannelName, link: SimulatedLink, stream: string): void {
    const checker = new LinkChecker(`${stream} to ${id}`, link, () => this.connection.clientId, {
      ...this.#tools,
      begin: (channelId) => this.#tools.begin(this.id, channelId),
    })
    this.#linked.set(id, { link, checker, stream, counter: 0 })
    link.onStatus((status, reason) => {
      if (status !== 'closed') return
      checker.settled()
      if (this.#linked.get(id)?.link === link) this.#linked.delete(id)
      if (reason !== null && !ENDS.includes(reason) && !this.over) {
        this.#tools.findings.add('status', checker.who, `was closed for ${reason}`)
      }
    })
  }

  #unlink(): void {
    const one = this.#random.pick([...this.#linked.values()])
    one?.link.unlink().catch((error: unknown) => this.#told('unlink', error))
  }

  #moveProcessor(): void {
    const to = this.#random.chance(0.2) ? null : this.#random.pick([...this.#linked.values()])
    if (to === undefined) return
    this.connection
      .setProcessor(to === null ? null : to.link)
      .catch((error: unknown) => this.#told('setProcessor', error))
  }

  #actOnProcessor(): void {
    const counter = ++this.#acts
    const note: Note = { id: `${this.id}/act/${counter}`, stream: `${this.id}/acts`, counter }
    this.#attempt(() => this.connection.send('act', note))
  }

  #note(linked: Linked): Note {
    const random = this.#random
    const counter = ++linked.counter
    const mayKick = !this.#kicked && random.chance(0.0004)
    if (mayKick) this.#kicked = true
    return {
      id: `${linked.stream}/${counter}`,
      stream: linked.stream,
      counter,
      direct: random.chance(0.3),
      shout: random.chance(0.15),
      fail: random.chance(0.01),
      kick: mayKick,
      close: linked.link.id.startsWith('fading') && random.chance(0.005),
      sleepMs: random.chance(0.1) ? random.float() * 600 : random.float() * 30,
      ...(random.chance(0.02) ? { pad: 'x'.repeat(random.below(2_000)) } : {}),
    }
  }

  #send(): void {
    const linked = this.#random.pick([...this.#linked.values()])
    if (linked === undefined) return
    const note = this.#note(linked)
    this.#attempt(() => {
      const n = linked.link.send('note', note)
      linked.checker.sent(n, note)
      this.sent++
    })
  }

  #burst(): void {
    for (let left = this.#random.below(60); left > 0; left--) this.#send()
  }

  #ask(): void {
    const linked = this.#random.pick([...this.#linked.values()])
    if (linked === undefined) return
    const note = this.#note(linked)
    const { clock } = this.process.runtime
    const timeoutMs = this.#random.chance(0.1) ? 1 + this.#random.below(200) : REQUEST_MS
    const abort = this.#random.chance(0.05) ? new AbortController() : null
    if (abort !== null) clock.after(this.#random.float() * 300, () => abort.abort())
    this.#asking++
    this.asked++
    void this.#awaitAnswer(linked, note, timeoutMs, abort?.signal)
  }

  async #awaitAnswer(linked: Linked, note: Note, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.process.runtime
    const { findings, ledger } = this.#tools
    const { who } = linked.checker
    const begun = clock.now()
    const stoodStillMs = this.process.stoodStillMs
    try {
      const { id } = await linked.link.request('ask', note, { timeoutMs, ...(signal === undefined ? {} : { signal }) })
      if (id !== note.id) findings.add('requests', who, `${note.id} got the answer to ${id}`)
      if (!ledger.handled(note.id)) findings.add('requests', who, `${note.id} was answered, and never handled`)
      findings.saw('a request answered')
    } catch (error) {
      findings.saw('a request that failed')
      this.#told('request', error)
    }
    this.#asking--
    const ms = clock.now() - begun
    // A process that stood still is late, by as long as it did; then all its timers are.
    const lateMs = this.process.stoodStillMs - stoodStillMs + 20_000
    if (ms > timeoutMs + lateMs) findings.add('G5', who, `${note.id} was settled after ${ms} ms, of ${timeoutMs}`)
  }

  #attempt(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#told('a call', error)
    }
  }

  /** Errors are typed, and none of them comes from nowhere. */
  #told(what: string, error: unknown, expected: ErrorCode | null = null): void {
    if (!(error instanceof CentrumError)) {
      this.#tools.findings.add(
        'errors',
        this.id,
        `${what} failed with ${error instanceof Error ? error.stack : String(error)}`,
      )
      return
    }
    if (error.code === 'buffer-full') this.full++
    if (error.code === expected || MAY_FAIL.includes(error.code)) return
    this.#tools.findings.add('errors', this.id, `${what} failed with ${error.code}: ${error.message}`)
  }
}

/** What calls may end with while everything goes wrong. */
const MAY_FAIL: readonly ErrorCode[] = [
  'timeout',
  'aborted',
  'unknown',
  'not-linked',
  'already-linked',
  'no-processor',
  'not-processor',
  'buffer-full',
  'connection-lost',
  'handler-failed',
  'handler-timeout',
  'channel-closed',
  'kicked',
  'stopped',
  'closing',
  'unlinked',
  'withdrawn',
  'overflow',
  'rate-limited',
  'too-many',
  'link-refused',
]

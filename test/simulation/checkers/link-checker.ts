/**
 * One client's link, checked against what it was told before and against the ledger: G3 (each message has one outcome, and the state
 * contains what is acknowledged), direct events without gap or repetition, broadcast events without a gap that was not told.
 */
import type { LinkStatus } from '../../../src/channel/client-api.js'
import type { CentrumError, ErrorCode } from '../../../src/protocol/errors.js'
import { ENTRY } from '../../../src/protocol/frame-types.js'
import { type Entry, readNamed } from '../../../src/protocol/link-frames.js'
import { decodeValue } from '../../../src/value/decode-value.js'
import type { Body, Note, Reply, Shout } from '../channels.js'
import { isExact } from '../channels.js'
import type { Findings } from '../findings.js'
import type { Ledger, Shouted } from '../ledger.js'
import type { StateChecker } from './state-checker.js'
import type { Begin } from './wire-checker.js'

/** As much of a client's link as is looked at. */
export interface CheckedLink {
  readonly id: string
  readonly state: unknown
  readonly version: number
  readonly epoch: number
  readonly reply: unknown
  readonly status: LinkStatus
  readonly acknowledged: number
  onChange(listener: () => void): unknown
  onReset(listener: () => void): unknown
  onRefused(listener: (n: number, error: CentrumError) => void): unknown
  onMissed(listener: (missed: { readonly from: number; readonly to: number }) => void): unknown
  on(event: 'shouted', listener: (payload: Shout) => void): unknown
  on(event: 'direct', listener: (payload: { generation: number; k: number }) => void): unknown
}

interface SentNote {
  readonly note: Note
  readonly n: number
  refused: ErrorCode | null
}

/** After these a handler has begun. */
const HANDLED: readonly ErrorCode[] = ['handler-failed', 'handler-timeout']
/** After these it is not known. */
const IN_DOUBT: readonly ErrorCode[] = ['unknown', 'timeout', 'aborted']

export class LinkChecker {
  readonly who: string
  readonly #link: CheckedLink
  readonly #clientId: () => string
  readonly #ledger: Ledger
  readonly #state: StateChecker
  readonly #findings: Findings
  readonly #beginOf: () => Begin | undefined
  /** What was sent since the last reset, by n. */
  #sent = new Map<number, SentNote>()
  /** What went over the wire since then, requests and what the processor got included. */
  #said = new Map<number, Note>()
  /** The counter of what is acknowledged and not refused. */
  #acknowledgedCounter = 0
  #checkedUpTo = 0
  /** What the state has beyond what is acknowledged. */
  #ahead: { readonly counter: number; readonly least: number } | null = null
  /** Acknowledged, not handled, and not yet told to be refused. */
  #unclear: SentNote[] = []
  #changedAt = { epoch: 0, version: -1 }
  #seenVersion = -1
  #seenEpoch = 0
  #generation = 0
  #direct = 0
  #shout = 0
  /** Whether the state had this client since the link began. */
  #found = false
  #missed: { readonly from: number; readonly to: number }[] = []

  constructor(
    who: string,
    link: CheckedLink,
    clientId: () => string,
    tools: {
      readonly ledger: Ledger
      readonly state: StateChecker
      readonly findings: Findings
      /** Where the link's broadcast events begin, as the client was told. */
      begin(channelId: string): Begin | undefined
    },
  ) {
    this.who = who
    this.#link = link
    this.#clientId = clientId
    this.#ledger = tools.ledger
    this.#state = tools.state
    this.#findings = tools.findings
    this.#beginOf = () => tools.begin(link.id)
    this.#begin()
    link.onChange(() => this.#changed())
    link.onReset(() => this.#reset())
    link.onRefused((n, error) => this.#refused(n, error.code))
    link.onMissed((missed) => this.#missed.push(missed))
    link.on('shouted', (shout) => this.#heardShout(shout))
    link.on('direct', ({ generation, k }) => this.#heardDirect(generation, k))
  }

  get #reply(): Reply {
    return this.#link.reply as Reply
  }

  #begin(): void {
    const { generation } = this.#reply
    this.#generation = generation
    this.#ahead = null
    this.#direct = 0
    this.#shout = 0
    this.#found = false
    this.#missed = []
  }

  /** A message was sent under this number. */
  sent(n: number, note: Note): void {
    if (this.#sent.has(n)) this.#findings.add('G3', this.who, `number ${n} was given out twice`)
    this.#sent.set(n, { note, n, refused: null })
  }

  /** An entry went over the wire. */
  said({ clientSeq, kind, body }: Entry): void {
    if (kind !== ENTRY.message && kind !== ENTRY.request) return
    const { name, payload } = readNamed(body)
    if (name === 'note' || name === 'ask') this.#said.set(clientSeq, decodeValue(payload) as Note)
  }

  #refused(n: number, code: ErrorCode): void {
    const sent = this.#sent.get(n)
    // One that went to the processor has no number that its sender knows.
    if (sent === undefined) return
    if (sent.refused !== null) this.#findings.add('G3', this.who, `${n} was refused twice: ${sent.refused}, ${code}`)
    sent.refused = code
    this.#findings.saw('a message refused')
    if (IN_DOUBT.includes(code)) return
    const handled = this.#ledger.handled(sent.note.id)
    if (HANDLED.includes(code) ? !handled : handled && !isEnd(code)) {
      this.#findings.add('G3', this.who, `${n} was refused with ${code}, and was ${handled ? '' : 'not '}handled`)
    }
  }

  /** All that has no outcome was told to be unknown before. */
  #reset(): void {
    this.#settleAll('reset')
    this.#sent = new Map()
    this.#said = new Map()
    this.#acknowledgedCounter = 0
    this.#ahead = null
    this.#checkedUpTo = 0
    // The reply of the new link follows.
    this.#generation = 0
  }

  #settleAll(why: string): void {
    for (const { n, note, refused } of this.#sent.values()) {
      if (n > this.#checkedUpTo && refused !== null) this.#findings.saw('a message in doubt at a reset')
      if (n <= this.#checkedUpTo || refused !== null) continue
      // What is acknowledged together with the end is told by nobody.
      if (this.#ledger.handled(note.id)) continue
      this.#findings.add('G3', this.who, `${n} (${note.id}) had no outcome at ${why}`)
    }
    this.#clear(why)
  }

  #clear(when: string): void {
    for (const { n, note, refused } of this.#unclear.splice(0)) {
      if (refused !== null) continue
      this.#findings.add(
        'L9',
        this.who,
        `${n} (${note.id}) was acknowledged, and neither handled nor refused at ${when}`,
      )
    }
  }

  #heardShout({ k, version, except }: Shout): void {
    if (this.#generation === 0) this.#begin()
    const { epoch, id } = this.#link
    const state = this.#link.state as Body
    if (except === this.#clientId()) this.#findings.add('V9', this.who, `heard shout ${k}, from which it was excepted`)
    if (k <= this.#shout) this.#findings.add('shouts', this.who, `heard ${k} after ${this.#shout}`)
    if (state.shouts < k) this.#findings.add('V7', this.who, `heard shout ${k} when its state had ${state.shouts}`)
    if (this.#link.version < version)
      this.#findings.add('V7', this.who, `heard shout ${k} of version ${version} at ${this.#link.version}`)
    const heard = this.#ledger.shouted(id, epoch, k)
    if (heard !== undefined && !this.#isBehindBegin(heard)) {
      this.#findings.add('V6', this.who, `heard shout ${k} of version ${version}, from before its link`)
    }
    if (this.#shout > 0) this.#findings.saw('a broadcast event behind another')
    for (let between = this.#shout + 1; between < k; between++) this.#notHeard(between)
    this.#shout = Math.max(k, this.#shout)
  }

  #isBehindBegin({ version, index }: Shouted): boolean {
    const begin = this.#beginOf()
    return begin === undefined || version > begin.version || (version === begin.version && index >= begin.after)
  }

  #notHeard(k: number): void {
    const lost = this.#ledger.shouted(this.#link.id, this.#link.epoch, k)
    if (lost === undefined || !this.#isBehindBegin(lost)) return
    if (lost.except === this.#clientId()) {
      this.#findings.saw('a broadcast event from which its sender is excepted')
      return
    }
    if (this.#missed.some(({ from, to }) => from <= lost.version && lost.version <= to)) {
      this.#findings.saw('a gap of broadcast events that was told')
      return
    }
    this.#findings.add('V6', this.who, `did not hear shout ${k} of version ${lost.version}, and was told of no gap`)
  }

  #heardDirect(generation: number, k: number): void {
    if (this.#generation === 0) this.#begin()
    if (generation !== this.#generation) {
      this.#findings.add('u', this.who, `heard direct event ${k} of link ${generation}, this is ${this.#generation}`)
    } else if (k !== this.#direct + 1) {
      this.#findings.add('u', this.who, `heard direct event ${k} after ${this.#direct}`)
    }
    if (this.#direct > 0) this.#findings.saw('a direct event behind another')
    this.#direct = k
  }

  /** G2 after each patch and keyframe; where several come at once, too. */
  #changed(): void {
    const { id, epoch, version, state } = this.#link
    const { epoch: epochBefore, version: versionBefore } = this.#changedAt
    if (epoch < epochBefore && !this.#state.isBehind(id, epoch))
      this.#findings.add('G1', this.who, `changed to epoch ${epoch} after ${epochBefore}`)
    if (epoch === epochBefore && version <= versionBefore) {
      this.#findings.add('G2', this.who, `changed to version ${version} after ${versionBefore}, both of epoch ${epoch}`)
    }
    if (epochBefore > 0 && epoch > epochBefore) this.#findings.saw('a state of a later epoch')
    this.#changedAt = { epoch, version }
    if (this.#generation === 0 && this.#link.reply !== undefined) this.#begin()
    if (Object.hasOwn((state as Body).last, this.#clientId())) this.#found = true
    this.#state.seen(this.who, id, epoch, version, state)
  }

  /** Something has happened in the client. */
  look(): void {
    const link = this.#link
    if (link.status === 'closed') return
    if (this.#generation === 0 && link.reply !== undefined) this.#begin()
    if (link.epoch < this.#seenEpoch && !this.#state.isBehind(link.id, link.epoch))
      this.#findings.add('G1', this.who, `is in epoch ${link.epoch} after ${this.#seenEpoch}`)
    const moved = link.version !== this.#seenVersion || link.epoch !== this.#seenEpoch
    this.#seenEpoch = link.epoch
    this.#seenVersion = link.version
    this.#acknowledge()
    if (link.status !== 'live') return
    if (moved) this.#state.seen(this.who, link.id, link.epoch, link.version, link.state)
    if (moved) this.#contains()
  }

  /** What is acknowledged has its outcome. */
  #acknowledge(): void {
    for (let n = this.#checkedUpTo + 1; n <= this.#link.acknowledged; n++) {
      const sent = this.#sent.get(n)
      const said = this.#said.get(n)
      this.#said.delete(n)
      this.#checkedUpTo = n
      // A refusal may still be under way, where LINKED said what was processed.
      if (sent !== undefined && sent.refused === null && !this.#ledger.handled(sent.note.id)) this.#unclear.push(sent)
      if (said !== undefined && this.#ledger.handled(said.id)) this.#acknowledgedCounter = said.counter
      if (sent !== undefined) this.#findings.saw('a message acknowledged')
    }
  }

  #contains(): void {
    const counter = (this.#link.state as Body).last[this.#clientId()]
    if (counter === undefined) {
      // The end of a link shows in the state before it is told.
      if (!this.#found) {
        this.#findings.add(
          'V5',
          this.who,
          `is live at version ${this.#link.version}, and does not find itself in the state`,
        )
      }
      return
    }
    this.#found = true
    const least = this.#acknowledgedCounter
    if (least > 0) this.#findings.saw('a state compared with what is acknowledged')
    const ahead = this.#ahead
    this.#ahead = isExact(this.#link.id) && counter > least ? { counter, least } : null
    // A link that is about to end for want of room is acknowledged nothing more: its state may be ahead until then.
    if (counter < least) this.#exceeds(counter, least)
    else if (ahead !== null && ahead.least !== least) this.#exceeds(ahead.counter, ahead.least)
  }

  #exceeds(counter: number, least: number): void {
    this.#findings.add('L9', this.who, `the state has its message ${counter}, what is acknowledged goes up to ${least}`)
  }

  /** Whether it is live, in the epoch that its channel is in, and has heard all that was said to it alone. */
  get isUpToDate(): boolean {
    const { status, id, epoch } = this.#link
    if (status !== 'live' || this.#state.newest(id)?.epoch !== epoch) return false
    return this.#ledger.directs(this.#generation) === this.#direct
  }

  /** The faults are over, and there was time enough. */
  settled(): void {
    const link = this.#link
    if (link.status === 'closed') {
      this.#settleAll('its end')
      return
    }
    this.look()
    if (link.status !== 'live') this.#findings.add('G5', this.who, `is ${link.status} long after the last fault`)
    for (const { n, note, refused } of this.#sent.values()) {
      if (n > link.acknowledged && refused === null) {
        this.#findings.add('G3', this.who, `${n} (${note.id}) has no outcome, ${link.acknowledged} is acknowledged`)
      }
    }
    this.#clear('the end')
    if (this.#ahead !== null && link.status === 'live') this.#exceeds(this.#ahead.counter, this.#ahead.least)
    const directs = this.#ledger.directs(this.#generation)
    if (link.status === 'live' && directs !== this.#direct) {
      this.#findings.add('u', this.who, `heard ${this.#direct} direct events of ${directs}`)
    }
    const newest = this.#state.newest(link.id)
    if (link.status === 'live' && newest?.epoch !== link.epoch) {
      this.#findings.add('G1', this.who, `is in epoch ${link.epoch}, the channel is in ${newest?.epoch ?? 'none'}`)
    }
    if (link.status !== 'live') return
    const { shouts } = link.state as Body
    for (let k = this.#shout + 1; k <= shouts; k++) this.#notHeard(k)
  }
}

/** The link or session ended before there was an outcome: what it had begun may have been done. */
function isEnd(code: ErrorCode): boolean {
  const ends: readonly ErrorCode[] = [
    'unlinked',
    'closing',
    'kicked',
    'channel-closed',
    'replaced',
    'expired',
    'link-refused',
    'not-linked',
    'overflow',
  ]
  return ends.includes(code)
}

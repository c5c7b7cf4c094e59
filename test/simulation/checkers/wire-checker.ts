/**
 * What can be seen on the wires, apart from what anyone makes of it: the same (origin, version) is the same bytes everywhere; epochs grow
 * on each socket; a back acknowledges to a session only what came through the ref that speaks for it; no session is spoken to
 * through two refs.
 */
import { readTurns, type SharedBlock } from '../../../src/protocol/blocks.js'
import { decodeClientFrame, decodeFrontFrame, type FrontFrame } from '../../../src/protocol/client-frames.js'
import { unpackFrames } from '../../../src/protocol/pack-frames.js'
import { ITEM, VERSION_MAX, VERSION_MIN } from '../../../src/protocol/frame-types.js'
import { type Entry, type LinkPast, readAnswer, readFailure, readItems } from '../../../src/protocol/link-frames.js'
import {
  decodeToBack,
  decodeToFront,
  type ToBackFrame,
  type ToFrontFrame,
} from '../../../src/protocol/master-frames.js'
import { type Origin } from '../../../src/protocol/origin.js'
import { PacketDecoder } from '../../../src/protocol/packet-decoder.js'
import type { SimulatedProcess } from '../../../src/testing/simulated-process.js'
import type { SimulatedStream, StreamTap } from '../../../src/testing/simulated-transport.js'
import type { SocketTap } from '../../../src/testing/simulated-web-socket.js'
import type { Findings } from '../findings.js'

/** A session in a channel, as one back sees it on its streams. */
interface Spoken {
  connectionAttempt: number
  linkNumber: number
  stream: SimulatedStream
  ref: number
  /** The greatest n that may have been taken. */
  takenMax: number
  /** Since which version another ref must not be spoken to. */
  since: { readonly origin: string; readonly version: number } | null
}

/** One LINK on a stream. */
interface Link {
  readonly key: string
  readonly spoken: Spoken
  readonly past: LinkPast | null
  /** The u that was sent last; -1 where any may be next. */
  uLast: number
  /** Which link of the session it is, once the back said so. */
  name: string
  acknowledged: number
}

/** The link of a socket to a channel that a client made last. */
interface Newest {
  readonly link: number
  readonly linkNumber: number
  /** The link that the client has by then: origin and serial; null for none. */
  readonly has: string | null
}

/** Where the broadcast events of a link begin: of that version behind the first `after`. */
export interface Begin {
  /** Which link it is. */
  readonly link: string
  readonly version: number
  readonly after: number
}

const FRAME_BYTES_MAX = 64 * 1024 * 1024

export class WireChecker implements StreamTap, SocketTap {
  readonly #findings: Findings
  readonly #decoders = new WeakMap<SimulatedStream, { in?: PacketDecoder; out?: PacketDecoder }>()
  readonly #links = new WeakMap<SimulatedStream, Map<number, Link>>()
  readonly #spoken = new WeakMap<SimulatedProcess, Map<string, Spoken>>()
  readonly #numbers = new WeakMap<SimulatedStream, number>()
  readonly #newestStream = new WeakMap<SimulatedProcess, Map<string, number>>()
  readonly #outcomes = new Map<string, number>()
  #streams = 0
  readonly #bytes = new Map<string, string>()
  readonly #epochs = new Map<string, number>()
  readonly #entries = new Map<string, number>()
  /** The channel of each link of a socket that is its channel's newest. */
  readonly #newest = new Map<string, Map<string, Newest>>()
  /** Told what a client says on the newest link to a channel. */
  onEntry: (client: string, channelId: string, entry: Entry) => void = () => {}
  /** Where the broadcast events of each client's newest link to a channel begin. */
  readonly #begins = new Map<string, Begin>()
  blocks = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  written(stream: SimulatedStream, bytes: Uint8Array): void {
    if (!isBack(stream)) return
    this.#decode(stream, 'out', bytes, (frame) => this.#fromBack(stream, decodeToFront(frame)))
  }

  arrived(stream: SimulatedStream, bytes: Uint8Array): void {
    if (!isBack(stream)) return
    this.#decode(stream, 'in', bytes, (frame) => this.#toBack(stream, decodeToBack(frame)))
  }

  #decode(stream: SimulatedStream, way: 'in' | 'out', bytes: Uint8Array, take: (frame: Uint8Array) => void): void {
    const decoders = this.#decoders.get(stream) ?? {}
    this.#decoders.set(stream, decoders)
    if (decoders[way] === undefined) {
      const sink = { onPacket: () => {}, onBatch: () => {}, onFrame: take }
      const decoder = new PacketDecoder(sink, { versionMin: VERSION_MIN, versionMax: VERSION_MAX })
      decoder.packetBytesMax = FRAME_BYTES_MAX
      decoders[way] = decoder
    }
    decoders[way].push(bytes)
  }

  /** In the order in which the back takes them. */
  #toBack(stream: SimulatedStream, frame: ToBackFrame): void {
    if (this.#isOutlived(stream)) return
    const links = this.#links.get(stream) ?? new Map<number, Link>()
    this.#links.set(stream, links)
    switch (frame.type) {
      case 'masterLink': {
        const { ref, identity, connectionAttempt, request } = frame
        const key = `${request.channelId} ${identity.sessionId}`
        const spokenOf = this.#spoken.get(stream.owner) ?? new Map<string, Spoken>()
        this.#spoken.set(stream.owner, spokenOf)
        const before = spokenOf.get(key)
        if (before !== undefined && connectionAttempt < before.connectionAttempt) return
        const goesOn = before?.linkNumber === request.linkNumber
        const spoken: Spoken = {
          connectionAttempt,
          linkNumber: request.linkNumber,
          stream,
          ref,
          takenMax: goesOn ? before.takenMax : 0,
          since: null,
        }
        // An older link is taken where the newer one has come to its end meanwhile: LINKED tells.
        if (before === undefined || request.linkNumber >= before.linkNumber) spokenOf.set(key, spoken)
        links.set(ref, { key, spoken, past: request.past, uLast: -1, name: '', acknowledged: 0 })
        return
      }
      case 'masterEntry': {
        const link = links.get(frame.ref)
        const current = link && this.#spoken.get(stream.owner)?.get(link.key)
        if (link === undefined || current === undefined) return
        // What comes on a newer link is kept until the older one, which is let in only now, has come to its end.
        if (current !== link.spoken && current.linkNumber >= link.spoken.linkNumber) return
        link.spoken.takenMax = Math.max(link.spoken.takenMax, frame.entry.clientSeq)
        return
      }
      case 'subscribe':
      case 'unsubscribe':
      case 'masterSeen':
      case 'release':
      case 'detach':
      case 'masterBroadcast':
      case 'end':
      case 'endUser':
      case 'renew':
        return
    }
  }

  /** Whether a newer stream of the same front has spoken: this one is closed, and what still comes on it is not read. */
  #isOutlived(stream: SimulatedStream): boolean {
    const number = this.#numbers.get(stream) ?? ++this.#streams
    this.#numbers.set(stream, number)
    const newest = this.#newestStream.get(stream.owner) ?? new Map<string, number>()
    this.#newestStream.set(stream.owner, newest)
    const front = stream.peer?.id ?? ''
    if (number < (newest.get(front) ?? 0)) return true
    newest.set(front, number)
    return false
  }

  #fromBack(stream: SimulatedStream, frame: ToFrontFrame): void {
    const links = this.#links.get(stream)
    switch (frame.type) {
      case 'shared':
        this.#sameTurns(frame.block)
        return
      case 'keyframe':
        this.#same(
          'keyframe',
          frame.keyframe.channelId,
          frame.keyframe.origin,
          frame.keyframe.version,
          frame.keyframe.frame,
        )
        return
      case 'masterLinked': {
        const link = links?.get(frame.ref)
        if (link === undefined) return
        const { linked } = frame
        this.#spoken.get(stream.owner)?.set(link.key, link.spoken)
        if (linked.processed > link.spoken.takenMax && linked.processed > 0) {
          this.#findings.add(
            'G3',
            link.key,
            `LINKED says ${linked.processed} processed, ${link.spoken.takenMax} had come`,
          )
        }
        const { past } = link
        const same = past !== null && past.serial === linked.serial && originOf(past.origin) === originOf(linked.origin)
        if (same) this.#findings.saw('a link that goes on where it was')
        link.uLast = same ? past.serverSeqSeen : -1
        link.acknowledged = linked.processed
        link.name = `${link.key} ${originOf(linked.origin)} ${linked.serial}`
        link.spoken.since = { origin: originOf(linked.origin), version: linked.version }
        return
      }
      case 'masterPrivate':
        for (const { ref, items } of frame.links) this.#private(stream, links?.get(ref), ref, frame, items)
        return
      case 'masterDetached':
      case 'channel':
      case 'kick':
      case 'userEnded':
      case 'unreadable':
      case 'channelStatus':
        return
    }
  }

  #private(
    stream: SimulatedStream,
    link: Link | undefined,
    ref: number,
    { origin, version, channelId }: { readonly origin: Origin; readonly version: number; readonly channelId: string },
    items: Uint8Array,
  ): void {
    if (link === undefined) {
      this.#findings.add('L1', channelId, `something private for ref ${ref}, which was never linked`)
      return
    }
    const current = this.#spoken.get(stream.owner)?.get(link.key)
    const { since } = current ?? {}
    if (current !== link.spoken) this.#findings.saw('something private for a ref that another has replaced')
    if (current !== link.spoken && since?.origin === originOf(origin) && version > (since?.version ?? 0)) {
      this.#findings.add(
        'L4',
        link.key,
        `is spoken to through ref ${ref} at version ${version}, another one came at ${since?.version}`,
      )
    }
    const { acknowledged, items: list } = readItems(items)
    if (acknowledged < link.acknowledged) {
      this.#findings.add('G3', link.key, `${acknowledged} is acknowledged after ${link.acknowledged} on one ref`)
    }
    if (acknowledged > link.acknowledged) this.#findings.saw('an acknowledgement on the wire')
    link.acknowledged = acknowledged
    if (current === link.spoken && acknowledged > link.spoken.takenMax) {
      this.#findings.add(
        'L4 a replaced connection is not read',
        link.key,
        `${acknowledged} is acknowledged, ${link.spoken.takenMax} came through what speaks for it`,
      )
    }
    for (const { serverSeq, kind, body } of list) {
      if (kind === ITEM.answer) this.#outcome(link.name, readAnswer(body).clientSeq, serverSeq)
      if (kind === ITEM.failed) this.#outcome(link.name, readFailure(body).clientSeq, serverSeq)
      if (link.uLast > 0) this.#findings.saw('something private behind another of its ref')
      if (link.uLast !== -1 && serverSeq !== link.uLast + 1) {
        this.#findings.add('u', link.key, `u ${serverSeq} was sent behind ${link.uLast} on one ref`)
      }
      link.uLast = serverSeq
    }
  }

  /** G3: each number has one outcome; said again it is the same u. */
  #outcome(link: string, n: number, u: number): void {
    const key = `${link} ${n}`
    const before = this.#outcomes.get(key)
    if (before !== undefined) this.#findings.saw('an outcome on the wire that was told before')
    if (before !== undefined && before !== u) {
      this.#findings.add('G3 one outcome', link, `${n} has one as u ${before}, and another as u ${u}`)
    }
    this.#outcomes.set(key, u)
  }

  #sameTurns(block: SharedBlock): void {
    for (const { version, bytes } of readTurns(block)) this.#same('turn', block.channelId, block.origin, version, bytes)
  }

  /** The same origin and version: the same bytes, whoever sends them. */
  #same(kind: string, channelId: string, origin: Origin, version: number, frame: Uint8Array): void {
    const key = `${kind} ${channelId} ${originOf(origin)} ${version}`
    const bytes = digest(frame)
    const before = this.#bytes.get(key)
    this.blocks++
    if (before !== undefined) this.#findings.saw('bytes of a version that were seen before')
    if (before === undefined) this.#bytes.set(key, bytes)
    else if (before !== bytes) this.#findings.add('G2 same bytes', key, `are ${bytes} here, and were ${before}`)
  }

  sent(client: SimulatedProcess, socket: number, message: Uint8Array): void {
    for (const bytes of unpackFrames(message, FRAME_BYTES_MAX)) {
      const frame = decodeClientFrame(bytes)
      const socketKey = `${client.id}#${socket}`
      const newest = this.#newest.get(socketKey) ?? new Map<string, Newest>()
      this.#newest.set(socketKey, newest)
      if (frame.type === 'link') {
        const { channelId, linkNumber, past } = frame.request
        const has = past === null ? null : `${originOf(past.origin)} ${past.serial}`
        // One that was given up is linked again, too, so that it can be unlinked.
        if (linkNumber >= (newest.get(channelId)?.linkNumber ?? 0))
          newest.set(channelId, { link: frame.link, linkNumber, has })
      }
      if (frame.type !== 'entry') continue
      for (const [channelId, { link }] of newest)
        if (link === frame.link) this.onEntry(client.id, channelId, frame.entry)
      const key = `${client.id}#${socket}/${frame.link}`
      const before = this.#entries.get(key)
      if (before !== undefined) this.#findings.saw('an entry on a socket behind another')
      if (before !== undefined && frame.entry.clientSeq !== before + 1) {
        this.#findings.add('L2', key, `entry ${frame.entry.clientSeq} was sent behind ${before}`)
      }
      this.#entries.set(key, frame.entry.clientSeq)
    }
  }

  reached(): void {}

  received(client: SimulatedProcess, socket: number, message: Uint8Array): void {
    for (const bytes of unpackFrames(message, FRAME_BYTES_MAX)) {
      this.#toClient(client.id, `${client.id}#${socket}`, decodeFrontFrame(bytes))
    }
  }

  /** Where the events of a client's link to a channel begin, as it was told last. */
  beginOf(client: string, channelId: string): Begin | undefined {
    return this.#begins.get(`${client} ${channelId}`)
  }

  #toClient(client: string, socket: string, frame: FrontFrame): void {
    if (frame.type === 'linked') {
      const { origin, serial, eventsVersion: version, eventsAfter: after } = frame.linked
      const link = `${originOf(origin)} ${serial}`
      for (const [channelId, newest] of this.#newest.get(socket) ?? []) {
        const key = `${client} ${channelId}`
        // One that still has another link has not accepted this one: each LINKED says anew where the events begin.
        const isNew = this.#begins.get(key)?.link !== link || (newest.has !== null && newest.has !== link)
        if (newest.link === frame.link && isNew) this.#begins.set(key, { link, version, after })
      }
    } else if (frame.type === 'shared') {
      this.#sameTurns(frame.block)
      this.#epoch(socket, frame.block.channelId, frame.block.epoch)
    } else if (frame.type === 'keyframe') {
      const { channelId, origin, epoch, version, frame: bytes } = frame.keyframe
      this.#same('keyframe', channelId, origin, version, bytes)
      this.#epoch(socket, channelId, epoch)
    }
  }

  /** G1 at an observer. */
  #epoch(socket: string, channelId: string, epoch: number): void {
    const key = `${socket} ${channelId}`
    const before = this.#epochs.get(key) ?? 0
    if (epoch < before) this.#findings.add('G1', key, `was sent something of epoch ${epoch} after ${before}`)
    this.#epochs.set(key, Math.max(epoch, before))
  }
}

function isBack({ owner }: SimulatedStream): boolean {
  return owner.id.startsWith('back-')
}

function originOf({ epoch, nonce }: Origin): string {
  return `${epoch}-${nonce}`
}

/** Two sums of 32 bits: enough to tell frames of one run apart. */
function digest(bytes: Uint8Array): string {
  let a = 0x811c9dc5
  let b = bytes.length
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = (Math.imul(b, 31) + byte) | 0
  }
  return `${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`
}

/** The channels of a `MemoryStore`, and the rules of what may be added to them. Knows nothing of journals. */
import type { MemoryRun } from './memory-run.js'
import type {
  Attempt,
  ChannelFault,
  ChannelReport,
  Claim,
  ClaimOptions,
  Commit,
  DueChannel,
  ExportedChannel,
  HandledMessage,
  InboxMessage,
  InboxQuery,
  ListedChannel,
  StoredChannel,
  StoredImage,
  StoredTurn,
} from './store.js'

type Owner = Pick<MemoryRun, 'backId' | 'incarnation'>

/** Which runs of backs are not over. */
export interface Runs {
  isAlive(owner: Owner): boolean
  /** Whether a back has a run that is not over. */
  isThere(backId: string): boolean
}

interface Row {
  epoch: number
  owner: Owner | null
  isReleased: boolean
  isRewound: boolean
  /** The back to which its last owner has handed it over. */
  reservedFor: string | null
  /** The back to which its owner is to hand it over. */
  moveTo: string | null
  image: StoredImage | null
  turns: StoredTurn[]
  dueAt: number | null
  fault: ChannelFault | null
  /** What its owner said of it. */
  report: ChannelReport | null
  /** Times of attempts by what was attempted. */
  readonly attempts: Map<string, readonly number[]>
  inbox: SentMessage[]
  readonly refused: RefusedMessage[]
}

type SentMessage = Omit<InboxMessage, 'epoch'>

/** A message from outside that was refused. */
export interface RefusedMessage extends SentMessage {
  readonly reason: string
}

export class MemoryChannels {
  readonly #rows = new Map<string, Row>()
  #lastMessage = 0
  /** The greatest epoch of all that were removed: a new channel of the same name begins above it. */
  #epochFloor = 0

  ids(): string[] {
    return [...this.#rows.keys()].sort()
  }

  claim(channelId: string, options: ClaimOptions, run: Owner, runs: Runs): Claim {
    const row = this.#row(channelId)
    const { owner, fault, image, reservedFor } = row
    if (owner !== null && runs.isAlive(owner) && owner.incarnation !== run.incarnation) {
      return { outcome: 'owned', backId: owner.backId, epoch: row.epoch }
    }
    if (reservedFor !== null && reservedFor !== run.backId && runs.isThere(reservedFor)) {
      return { outcome: 'owned', backId: reservedFor, epoch: row.epoch }
    }
    if (fault !== null) return { outcome: 'faulted', fault }
    if (image !== null && (image.stateVersion > options.stateVersion || (image.bytes[0] ?? 0) > options.format)) {
      row.reservedFor = null
      return { outcome: 'too-new', stateVersion: image.stateVersion }
    }
    const stored = this.read(channelId)
    const hadOwner = owner !== null && owner.incarnation !== run.incarnation
    row.epoch = Math.max(row.epoch, options.epochSeen) + 1
    row.owner = { backId: run.backId, incarnation: run.incarnation }
    row.isReleased = false
    row.reservedFor = row.moveTo = null
    return { outcome: 'claimed', epoch: row.epoch, stored, hadOwner }
  }

  read(channelId: string): StoredChannel | null {
    const row = this.#rows.get(channelId)
    if (row === undefined || (row.image === null && row.turns.length === 0)) return null
    const { image, turns, isReleased, isRewound } = row
    return { image, turns: [...turns], isReleased, isRewound }
  }

  /** False where part of it is of an epoch that is over: then nothing of it is done. Throws where a turn does not follow. */
  apply(commit: Commit, run: Owner): boolean {
    const { turns, images, released = [] } = commit
    const isOwn = ({ channelId, epoch }: { channelId: string; epoch: number }): boolean => {
      const row = this.#rows.get(channelId)
      return row?.epoch === epoch && row.owner?.incarnation === run.incarnation
    }
    if (![...turns, ...images, ...released].every(isOwn)) return false
    this.#checkNumbers(turns, images)
    for (const turn of turns) this.#addTurn(turn)
    for (const image of images) this.#setImage(image)
    for (const { channelId, to = null } of released) {
      const row = this.#row(channelId)
      row.owner = row.moveTo = null
      row.reservedFor = to
      row.isReleased = true
    }
    for (const handled of commit.handled ?? []) this.#handle(handled)
    for (const { channelId, what } of commit.succeeded ?? []) this.#row(channelId).attempts.delete(what)
    return true
  }

  due(now: number, limit: number, runs: Runs): DueChannel[] {
    const found: DueChannel[] = []
    for (const [channelId, { owner, fault, inbox, dueAt }] of this.#rows) {
      if (fault !== null || (owner !== null && runs.isAlive(owner))) continue
      if (inbox.length > 0) found.push({ channelId, dueAt: 0 })
      else if (dueAt !== null && dueAt <= now) found.push({ channelId, dueAt })
    }
    return found.sort((a, b) => a.dueAt - b.dueAt || (a.channelId < b.channelId ? -1 : 1)).slice(0, limit)
  }

  /** What the application's own transaction does: puts a message into a channel's inbox. */
  send(channelId: string, message: string, json: string | null): number {
    const id = ++this.#lastMessage
    this.#row(channelId).inbox.push({ channelId, id, message, json })
    return id
  }

  inbox({ incarnation }: Owner, { after, except, channelMax, messagesMax, bytesMax }: InboxQuery): InboxMessage[] {
    const found: InboxMessage[] = []
    for (const [channelId, { inbox, owner, epoch, fault }] of this.#rows) {
      if (fault !== null || owner?.incarnation !== incarnation || except.includes(channelId)) continue
      const waiting = inbox.filter(({ id }) => id > (after.get(channelId) ?? 0))
      found.push(...waiting.slice(0, channelMax).map((message) => ({ ...message, epoch })))
    }
    let bytes = 0
    return found.slice(0, messagesMax).filter(({ json }, i) => (bytes += json?.length ?? 0) <= bytesMax || i === 0)
  }

  report(reports: readonly ChannelReport[]): void {
    for (const report of reports) {
      const row = this.#row(report.channelId)
      if (row.epoch === report.epoch) row.report = report
    }
  }

  /** As lists show them. */
  reported(
    runs: Runs,
  ): { id: string; owner: string | null; epoch: number; report: ChannelReport | null; fault: ChannelFault | null }[] {
    return this.ids().map((id) => {
      const { owner, epoch, report, fault } = this.#row(id)
      return { id, owner: owner !== null && runs.isAlive(owner) ? owner.backId : null, epoch, report, fault }
    })
  }

  /** All that waits for a channel is refused. Gives how many messages that were; none where another run has the channel. */
  refuseInbox(channelId: string, reason: string, run: Owner, runs: Runs): number {
    const row = this.#row(channelId)
    const { owner, inbox } = row
    if (owner !== null && owner.incarnation !== run.incarnation && runs.isAlive(owner)) return 0
    row.inbox = []
    row.refused.push(...inbox.map((message) => ({ ...message, reason })))
    return inbox.length
  }

  /** The owner of a channel is to hand it over to a back; where there is none, that back gets it. */
  move(channelId: string, backId: string, runs: Runs): void {
    const row = this.#row(channelId)
    const owner = row.owner !== null && runs.isAlive(row.owner) ? row.owner : null
    row.moveTo = owner === null || owner.backId === backId ? null : backId
    row.reservedFor = owner === null ? backId : null
  }

  /** Whether a back has a channel, or is the only one that gets it. */
  isFor(channelId: string, backId: string, runs: Runs): boolean {
    const { owner, reservedFor } = this.#row(channelId)
    return owner !== null && runs.isAlive(owner) ? owner.backId === backId : reservedFor === backId
  }

  /** What a run is to hand over. */
  movesOf({ incarnation }: Owner): { channelId: string; to: string }[] {
    return [...this.#rows].flatMap(([channelId, { owner, moveTo }]) =>
      owner?.incarnation === incarnation && moveTo !== null ? [{ channelId, to: moveTo }] : [],
    )
  }

  /** Those that a run has. */
  countOf({ incarnation }: Owner): number {
    let count = 0
    for (const { owner } of this.#rows.values()) if (owner?.incarnation === incarnation) count++
    return count
  }

  /** Messages that were refused, with the reason. */
  refused(): readonly RefusedMessage[] {
    return [...this.#rows.values()].flatMap(({ refused }) => refused)
  }

  attempt({ channelId, what, now, windowMs }: Attempt): number {
    const { attempts } = this.#row(channelId)
    const within = [...(attempts.get(what) ?? []).filter((at) => at !== now && Math.abs(now - at) < windowMs), now]
    attempts.set(what, within)
    return within.length
  }

  fault(channelId: string, fault: ChannelFault | null): boolean {
    const row = this.#row(channelId)
    const was = row.fault
    row.fault = fault
    if (fault === null) row.attempts.clear()
    return was !== null
  }

  list(after: string, limit: number): ListedChannel[] {
    return this.ids()
      .filter((id) => id > after)
      .slice(0, limit)
      .map((channelId) => {
        const { epoch, image, turns, isReleased, dueAt, fault } = this.#row(channelId)
        const bytes = [...turns, ...(image ? [image] : [])].reduce((sum, each) => sum + each.bytes.length, 0)
        const { stateVersion = null, storedAt = null, number = 0 } = image ?? {}
        const last = turns.at(-1)?.number ?? number
        return {
          channelId,
          epoch,
          number: last,
          bytes,
          turns: turns.length,
          stateVersion,
          storedAt,
          dueAt,
          isReleased,
          fault,
        }
      })
  }

  export(channelId: string): ExportedChannel | null {
    const stored = this.read(channelId)
    if (stored === null) return null
    const { epoch, fault } = this.#row(channelId)
    return { channelId, epoch, stored, fault }
  }

  import({ channelId, epoch, stored, fault }: ExportedChannel): void {
    const row = this.#row(channelId)
    row.epoch = Math.max(row.epoch, epoch)
    row.image = stored.image
    row.turns = [...stored.turns]
    row.isReleased = stored.isReleased
    row.isRewound = true
    row.dueAt = stored.image?.dueAt ?? null
    for (const { dueAt } of stored.turns) if (dueAt !== undefined) row.dueAt = dueAt
    row.fault = fault
  }

  remove(channelId: string): boolean {
    this.#epochFloor = Math.max(this.#epochFloor, this.#rows.get(channelId)?.epoch ?? 0)
    return this.#rows.delete(channelId)
  }

  #row(channelId: string): Row {
    const known = this.#rows.get(channelId)
    if (known !== undefined) return known
    const row: Row = {
      epoch: this.#epochFloor,
      owner: null,
      isReleased: false,
      isRewound: false,
      reservedFor: null,
      moveTo: null,
      image: null,
      turns: [],
      dueAt: null,
      fault: null,
      report: null,
      attempts: new Map(),
      inbox: [],
      refused: [],
    }
    this.#rows.set(channelId, row)
    return row
  }

  /** Throws before anything is changed: a commit is stored as a whole or not at all. */
  #checkNumbers(turns: readonly StoredTurn[], images: readonly StoredImage[]): void {
    const last = new Map<string, number>()
    const lastOf = (channelId: string): number => last.get(channelId) ?? lastNumber(this.#row(channelId))
    for (const { channelId, number } of turns) {
      if (number !== lastOf(channelId) + 1) {
        throw new Error(`turn ${number} of '${channelId}' does not follow turn ${lastOf(channelId)}`)
      }
      last.set(channelId, number)
    }
    for (const { channelId, number } of images) {
      const before = this.#row(channelId).image?.number ?? 0
      if (number < before) throw new Error(`image ${number} of '${channelId}' is older than image ${before}`)
    }
  }

  #addTurn(turn: StoredTurn): void {
    const row = this.#row(turn.channelId)
    row.turns.push({ ...turn, bytes: turn.bytes.slice() })
    if (turn.dueAt !== undefined) row.dueAt = turn.dueAt
  }

  #setImage(image: StoredImage): void {
    const row = this.#row(image.channelId)
    row.image = { ...image, bytes: image.bytes.slice() }
    row.turns = row.turns.filter(({ number }) => number > image.number)
    if (image.number >= lastNumber(row)) row.dueAt = image.dueAt
    row.isRewound = false
  }

  #handle({ channelId, id, refused }: HandledMessage): void {
    const row = this.#row(channelId)
    const message = row.inbox.find((each) => each.id === id)
    row.inbox = row.inbox.filter((each) => each.id !== id)
    if (message !== undefined && refused !== null) row.refused.push({ ...message, reason: refused })
  }
}

/** An image may be behind the turns, and ahead of them where a channel stores images alone. */
function lastNumber({ turns, image }: Row): number {
  return turns.at(-1)?.number ?? image?.number ?? 0
}

/**
 * What a back has stored of one channel while it is open: how many turns, and since when it was stored as a whole. Says what each turn
 * adds to a commit. Knows nothing of the store.
 */
import { crc32 } from 'node:zlib'
import type { ChannelContract, Durability } from '../channel/channel-contract.js'
import type { ChannelImage } from '../durable/channel-image.js'
import type { DurableLimits } from '../durable/durable-limits.js'
import { encodeImage, encodeRecord } from '../durable/stored-format.js'
import type { CommitPart } from '../durable/commit-loop.js'
import type { HandledMessage, StoredImage, StoredTurn } from '../store/store.js'
import { EncodeFailures } from './encode-failures.js'
import type { TurnOutcome } from './turn-outcome.js'

/** Where a channel stands in its store as it opens. */
export interface StoredPlace {
  readonly epoch: number
  /** Of its last turn; 0 for none. */
  readonly number: number
  /** Whether it has to be stored as a whole before its turns mean anything: it has no image, or begins anew. */
  readonly wantsImage: boolean
}

export type ImageLimits = Pick<
  DurableLimits,
  'imageRatio' | 'imageTurnBytesMin' | 'imageTurnBytesTotal' | 'imageTurnsMax'
>

/** Of those who share the limits: how many channels are open. */
export interface KeptTogether {
  readonly size: number
}

/** How much earlier than the limits say one of many channels may be stored as a whole. */
const SPREAD_MAX = 0.5
const SPREAD_STEPS = 1_024

export class KeptChannel {
  readonly id: string
  readonly epoch: number
  readonly stateVersion: number
  readonly durability: Durability
  readonly snapshotMs: number
  readonly #limits: ImageLimits
  readonly #together: KeptTogether
  /** Differs from channel to channel: many that open at once and do the same are not to be stored as a whole in one commit. */
  readonly #spread: number
  #number: number
  #wantsImage: boolean
  #imageBytes = 0
  #turnsSince = 0
  #bytesSince = 0
  /** As it was stored last; undefined for what an earlier owner said. */
  #dueAt: number | null | undefined
  /** What waits for each turn that is not stored yet. */
  readonly #pending: (() => void)[][] = []
  #waiters: (() => void)[] = []
  #isHeld = false
  /** What came from the database and is handled in turns that are not stored as a whole yet. */
  #handled: HandledMessage[] = []
  /** Of images of the whole. */
  readonly failures = new EncodeFailures('memory')

  constructor(
    id: string,
    { durability, stateVersion, snapshotMs }: Pick<ChannelContract, 'durability' | 'stateVersion' | 'snapshotMs'>,
    { epoch, number, wantsImage }: StoredPlace,
    limits: ImageLimits,
    together: KeptTogether,
  ) {
    this.id = id
    this.durability = durability
    this.stateVersion = stateVersion
    this.snapshotMs = snapshotMs
    this.epoch = epoch
    this.#limits = limits
    this.#together = together
    this.#spread = (SPREAD_MAX * (crc32(id) % SPREAD_STEPS)) / SPREAD_STEPS
    this.#number = number
    this.#wantsImage = wantsImage
  }

  /** When it is to be woken. */
  get dueAt(): number | null {
    return this.#dueAt ?? null
  }

  get isPending(): boolean {
    return this.#pending.length > 0
  }

  /** It is not settled before `letGo`. */
  hold(): void {
    this.#isHeld = true
  }

  letGo(): void {
    this.#isHeld = false
    this.#tellSettled()
  }

  #tellSettled(): void {
    if (this.#isHeld || this.#pending.length > 0) return
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  /** Resolves when nothing of it is under way any more. */
  whenSettled(): Promise<void> {
    return this.#pending.length === 0 && !this.#isHeld
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** A turn goes into a commit: it is released when that is stored. */
  begin(release: () => void): void {
    this.#pending.push([release])
  }

  /** A turn that has nothing to store is released behind those before it. */
  behind(release: () => void): void {
    const last = this.#pending.at(-1)
    if (last) last.push(release)
    else release()
  }

  /** The oldest turn that was not stored is, or never will be. */
  settle(isStored: boolean): void {
    const releases = this.#pending.shift() ?? []
    if (isStored) for (const release of releases) release()
    this.#tellSettled()
  }

  /** Whether its turns mean nothing before it is stored as a whole. */
  get wantsImage(): boolean {
    return this.#wantsImage
  }

  /** A turn was taken, which is stored by itself or with the image that comes next. */
  note({ handled }: Pick<TurnOutcome, 'handled'>): void {
    if (handled.length > 0) this.#handled.push(...handled)
  }

  #takeHandled(): Pick<CommitPart, 'handled'> {
    const handled = this.#handled
    if (handled.length === 0) return {}
    this.#handled = []
    return { handled }
  }

  /** What a turn adds to a commit. To be called before the channel's next turn. Throws `EncodeError`. */
  partOf(outcome: TurnOutcome, wall: number): Omit<CommitPart, 'settled'> {
    const turn = this.#turn(outcome)
    const part = this.#outgrown ? { turn, image: this.image(outcome, wall) } : { turn }
    return { ...part, ...this.#takeHandled() }
  }

  /** What the last turn adds: the channel is given up with it, or handed over to a back. */
  lastPartOf(outcome: TurnOutcome, wall: number, to?: string): Omit<CommitPart, 'settled'> {
    const turn = this.durability === 'log' ? this.#turn(outcome) : null
    const image = this.image(outcome, wall)
    return { ...(turn && { turn }), image, ...this.#takeHandled(), ...this.release(to) }
  }

  /** Gives the channel up as it is stored. */
  release(to?: string): Pick<CommitPart, 'released'> {
    return { released: { channelId: this.id, epoch: this.epoch, ...(to !== undefined && { to }) } }
  }

  #turn(outcome: TurnOutcome): StoredTurn {
    const { id: channelId, epoch } = this
    const bytes = encodeRecord(outcome.record())
    this.#turnsSince++
    this.#bytesSince += bytes.length
    const turn = { channelId, epoch, number: ++this.#number, bytes }
    const { dueAt } = outcome
    if (dueAt === this.#dueAt) return turn
    this.#dueAt = dueAt
    return { ...turn, dueAt }
  }

  get #outgrown(): boolean {
    const { imageRatio, imageTurnBytesMin, imageTurnBytesTotal, imageTurnsMax } = this.#limits
    if (this.#wantsImage || this.#turnsSince >= imageTurnsMax) return true
    const size = Math.max(1, this.#together.size)
    const bytesMax = Math.max(Math.min(imageTurnBytesMin, imageTurnBytesTotal / size), imageRatio * this.#imageBytes)
    return this.#bytesSince > bytesMax * (1 - this.#spread * (1 - 1 / size))
  }

  /** Says that what was stored is over: the channel has begun anew. */
  noImage(storedAt: number): StoredImage {
    const { id: channelId, epoch, stateVersion } = this
    this.#dueAt = null
    return { channelId, epoch, number: this.#number, bytes: new Uint8Array(0), dueAt: null, stateVersion, storedAt }
  }

  /** The channel as a whole, with what it handled since the last time. */
  snapshot(
    at: { image(): ChannelImage; readonly dueAt: number | null },
    storedAt: number,
  ): Omit<CommitPart, 'settled'> {
    const image = this.image(at, storedAt)
    return { image, ...this.#takeHandled() }
  }

  /** The channel as a whole, as it is behind its last turn. */
  image(at: { image(): ChannelImage; readonly dueAt: number | null }, storedAt: number): StoredImage {
    const { id: channelId, epoch, stateVersion } = this
    const bytes = encodeImage(at.image())
    this.#wantsImage = false
    this.#imageBytes = bytes.length
    this.#turnsSince = this.#bytesSince = 0
    this.#dueAt = at.dueAt
    return { channelId, epoch, number: this.#number, bytes, dueAt: at.dueAt, stateVersion, storedAt }
  }
}

/**
 * Where channels are kept: what a back asks of a store, whatever it is made of. Bytes go in and come out; a store knows
 * nothing of what they mean, and asks no clock: times are given to it, in milliseconds since 1970.
 *
 * A back has one journal. Each commit is one entry of it, numbered without gaps, and holds turns of any of its channels; a
 * channel has one image, which stands for all its turns up to a number. What is read back is the image and the turns behind it.
 */
import type { CentrumError } from '../protocol/errors.js'

export interface Store {
  /** For sentences: `data/app.db`. */
  readonly name: string
  /** Where a key that was made lies, so that sessions outlive the process; null where there is no such place. */
  readonly keyFile: string | null
  /**
   * Takes the store for one run of a back. Whatever an earlier run of this back left is sealed: nothing more can be added to it.
   * Rejects with a `CentrumError`: `store-in-use` (another process has it), `store-mismatch` (another key, another application's
   * file, or channels that the cluster's list gives to other backs), `store-damaged`, `store-read-only`, `store-full`,
   * `store-driver-missing`, `store-unavailable`.
   */
  join(member: StoreMember): Promise<Journal>
  /** Takes the store for a tool. Rejects like `join`; with `store-in-use` also where a back has it. */
  administer(): Promise<StoreAdmin>
}

/** A store that several backs have at once, each for its own channels. */
export interface SharedStore extends Store {
  /**
   * Ends the newest run of a back that has been declared dead, or only this run of it: whatever it appends from here on is fenced, and
   * its channels may be claimed. False where there is none that had not ended. Rejects where the store fails.
   */
  seal(backId: string, incarnation?: string): Promise<boolean>
}

/** Who joins. */
export interface StoreMember {
  readonly backId: string
  /** 16 hex digits, from `newIncarnation`: one run of the back. */
  readonly incarnation: string
  /** What tells the cluster's key from others, of all keys that are accepted, the signing one first; empty where there is no key. */
  readonly keyIds: readonly string[]
  /** 16 hex digits over the cluster's list. Where the store remembers another one, each stored channel is asked for by `owns`. */
  readonly membershipHash: string
  /** Whether the cluster's list gives a channel to this back. */
  owns(channelId: string): boolean
}

/** What a failover of the store's server to one of its standbys may take of what was confirmed, as it was when the back connected last. */
export interface FailoverRisk {
  /** Standbys that were connected to the server. */
  readonly standbys: number
  /** `two-machines`: a commit is confirmed only once a standby has it. `one-machine`: a failover may lose what was confirmed last. */
  readonly keptOn: 'one-machine' | 'two-machines'
}

/** A store as one run of a back has it. */
export interface Journal {
  /** Of a store on a server with standbys: what a failover may take. Not there where nothing fails over. */
  readonly failover?: FailoverRisk | null
  /** The `seq` of the last commit before this run: the first of this run is one more. */
  readonly lastSeq: number
  /**
   * Stores a commit, all of it or nothing. One at a time; the same commit again after `undecided` is stored once. Never rejects,
   * and may never answer where the store is out of reach: have a deadline, behind which it counts as undecided.
   */
  append(commit: Commit): Promise<Appended>
  /** The last entry of this back's journal. Rejects with `store-unavailable` and the like. */
  tail(): Promise<JournalTail>
  /** Takes a channel for this back, with a greater epoch than any before, and gives what is stored of it. Rejects where the store fails. */
  claim(channelId: string, options: ClaimOptions): Promise<Claim>
  /** What is stored of a channel that this back owns; null where nothing is. Rejects where the store fails. */
  read(channelId: string): Promise<StoredChannel | null>
  /** Channels without an owner that are to be woken, because of a timer due by `now` or a message in their inbox; the earliest first. */
  due(now: number, limit: number): Promise<readonly DueChannel[]>
  /** Messages from the application's own transactions to channels of this run, in order for each channel. */
  inbox(query: InboxQuery): Promise<readonly InboxMessage[]>
  /**
   * Keeps what waits for a channel with the reason why nobody takes it, unless another back owns the channel, or `isUnknown` is set and
   * the newest app of the cluster has such channels. Gives how many messages that were.
   */
  refuseInbox(channelId: string, refusal: InboxRefusal): Promise<number>
  /** Calls back when messages may have come. Not each time: look now and then as well. */
  onMessages(listener: () => void): void
  /** What lists show of channels of this run. Rejects where the store fails. */
  report(reports: readonly ChannelReport[]): Promise<void>
  /**
   * Counts an attempt at something that may end the process, before it is made. Gives the number of attempts that lie within
   * `windowMs` of `now`, with this one. `Commit.succeeded` forgets them.
   */
  attempt(attempt: Attempt): Promise<number>
  /** Refuses later claims of a channel until it is cleared. It stays with its owner. */
  fault(channelId: string, fault: ChannelFault): Promise<void>
  /** Gives the store up. What was not released before is found as after a crash. */
  close(): Promise<void>
}

export interface Commit {
  /** One more than that of the commit before. */
  readonly seq: number
  readonly turns: readonly StoredTurn[]
  readonly images: readonly StoredImage[]
  /** Channels that are given up with it: asleep, closed, or handed over. Their images hold all their turns. */
  readonly released?: readonly ReleasedChannel[]
  /** Messages of inboxes that these turns have handled. */
  readonly handled?: readonly HandledMessage[]
  /** Attempts whose outcome is in these turns. */
  readonly succeeded?: readonly Pick<Attempt, 'channelId' | 'what'>[]
}

/** What a turn adds to a channel. */
export interface StoredTurn {
  readonly channelId: string
  readonly epoch: number
  /** Counts a channel's turns, without gaps, through all owners. */
  readonly number: number
  readonly bytes: Uint8Array
  /** When the channel is to be woken, from here on: null for never, left out for as before. */
  readonly dueAt?: number | null
}

/** A channel as a whole. */
export interface StoredImage {
  readonly channelId: string
  readonly epoch: number
  /** The number of the last turn that it holds. */
  readonly number: number
  readonly bytes: Uint8Array
  /** When the channel is to be woken; what turns behind the image say counts instead. */
  readonly dueAt: number | null
  readonly stateVersion: number
  /** When it was made. */
  readonly storedAt: number
}

export interface ReleasedChannel {
  readonly channelId: string
  readonly epoch: number
  /** The back that it is handed over to: as long as that one is there no other claims it. */
  readonly to?: string
}

export interface HandledMessage {
  readonly channelId: string
  readonly id: number
  /** Why it was refused; null where it was processed. A refused one is kept with its reason. */
  readonly refused: string | null
}

export type Appended =
  | { readonly outcome: 'stored' }
  /** Another has taken over: nothing of this run is stored any more, and nothing of this commit was. */
  | { readonly outcome: 'fenced'; readonly error: CentrumError }
  /** Certainly not stored. The same commit may be given again: `error.retryable` says whether that may help by itself. */
  | { readonly outcome: 'failed'; readonly error: CentrumError }
  /** Stored or not, nobody knows. Give the same commit again; it takes part once. */
  | { readonly outcome: 'undecided'; readonly error: CentrumError }

export interface JournalTail {
  readonly seq: number
  /** The run that wrote the entry. */
  readonly incarnation: string
  /** Whether it is the seal that ends a run. */
  readonly sealed: boolean
}

export interface ClaimOptions {
  /** The greatest epoch of the channel that anyone has told of; 0 for none. */
  readonly epochSeen: number
  /** The `stateVersion` of the channel's definition: an image of a later one is not claimed. */
  readonly stateVersion: number
  /** The newest format of images that is read, their first byte: an image in a later one is not claimed. */
  readonly format: number
}

export type Claim =
  | {
      readonly outcome: 'claimed'
      readonly epoch: number
      readonly stored: StoredChannel | null
      /** Whether another run had it to its end: of stores that several backs have at once. */
      readonly hadOwner?: boolean
    }
  /** Another back has it. */
  | { readonly outcome: 'owned'; readonly backId: string; readonly epoch: number }
  | { readonly outcome: 'faulted'; readonly fault: ChannelFault }
  /** Written by a later version of the app, or of centrum. */
  | { readonly outcome: 'too-new'; readonly stateVersion: number }

export interface StoredChannel {
  /** Null where the channel has no image yet: its turns begin with number 1. */
  readonly image: StoredImage | null
  /** The turns behind the image, in order, without a gap. */
  readonly turns: readonly StoredTurn[]
  /** Whether the last owner gave it up in an orderly way. */
  readonly isReleased: boolean
  /** Whether it was imported or comes from a backup, so that others may have seen later turns: a new origin has to begin. */
  readonly isRewound: boolean
}

export interface DueChannel {
  readonly channelId: string
  /** 0 where a message waits. */
  readonly dueAt: number
}

export interface InboxMessage {
  readonly channelId: string
  /** Grows within a channel. */
  readonly id: number
  /** The epoch of the channel as this was read. */
  readonly epoch: number
  /** The name of the message. */
  readonly message: string
  /** The payload, as JSON; null where there is none. */
  readonly json: string | null
}

/** What lists show of a channel. */
export interface ChannelReport {
  readonly channelId: string
  readonly epoch: number
  readonly links: number
  /** As JSON; null where there is none. */
  readonly summary: string | null
}

export interface InboxQuery {
  /** By channel: the id of the last message that is known. */
  readonly after: ReadonlyMap<string, number>
  /** Channels of which no more is wanted for now. */
  readonly except: readonly string[]
  /** How many of one channel. */
  readonly channelMax: number
  /** How many of all of them. */
  readonly messagesMax: number
  /** Characters of all payloads; the first message is given whatever it has. */
  readonly bytesMax: number
}

export interface InboxRefusal {
  readonly reason: string
  /** Whether the app of this back has no such channels: that of another may. */
  readonly isUnknown: boolean
}

export interface Attempt {
  readonly channelId: string
  /** Names what is attempted, within the channel. */
  readonly what: string
  /** The same for the same attempt, where it is said again because nobody heard whether it was stored. */
  readonly now: number
  readonly windowMs: number
}

export interface ChannelFault {
  readonly reason: string
  readonly at: number
}

/** A store as a tool has it. */
export interface StoreAdmin {
  /** Reads everything. Gives what is wrong, as sentences; none where all is well. */
  check(): Promise<readonly string[]>
  /** Sorted by id; those behind `after`. */
  list(after: string, limit: number): Promise<readonly ListedChannel[]>
  /** Everything of a channel; null where nothing is stored. */
  export(channelId: string): Promise<ExportedChannel | null>
  /** Puts a channel in the place of what is stored. Its next owner begins a new origin. */
  import(channel: ExportedChannel): Promise<void>
  /** Removes a channel. False where there was none. */
  remove(channelId: string): Promise<boolean>
  /** False where the channel was not faulted. */
  clearFault(channelId: string): Promise<boolean>
  /** Forgets the key and the list that the store remembers: the next back that joins is not compared. */
  forgetMember(): Promise<void>
  close(): Promise<void>
}

export interface ListedChannel {
  readonly channelId: string
  readonly epoch: number
  /** The number of its last turn. */
  readonly number: number
  /** Bytes of image and turns. */
  readonly bytes: number
  readonly turns: number
  /** Null without an image. */
  readonly stateVersion: number | null
  readonly storedAt: number | null
  readonly dueAt: number | null
  readonly isReleased: boolean
  readonly fault: ChannelFault | null
}

export interface ExportedChannel {
  readonly channelId: string
  readonly epoch: number
  readonly stored: StoredChannel
  readonly fault: ChannelFault | null
}

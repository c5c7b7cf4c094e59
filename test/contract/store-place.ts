/** What tests of stores need: a place where something is stored, members, turns and images. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type {
  Claim,
  Commit,
  InboxMessage,
  InboxQuery,
  Journal,
  Store,
  StoredImage,
  StoredTurn,
  StoreMember,
} from '../../src/store/store.js'

/** A place where something is stored. */
export interface StorePlace {
  /** The store as one more process would open it: the same data each time. */
  open(): Store
  /** Ends the run of a back as a kill of its process does. */
  crash(backId: string): Promise<void>
  /** Of stores that several backs have at once: ends the newest run of a back, which has been declared dead. */
  seal?(backId: string): Promise<void>
  /** Of those as well: what the application's own transaction does. */
  send?(channelId: string, message: string, json: string): Promise<unknown>
}

export type MakeStorePlace = (t: TestContext) => StorePlace | Promise<StorePlace>

export type StoreCheck = (title: string, run: (place: StorePlace) => Promise<void>) => void

let runs = 0

export function memberOf(backId: string, own: Partial<StoreMember> = {}): StoreMember {
  const incarnation = (++runs).toString(16).padStart(16, '0')
  return { backId, incarnation, keyIds: ['key-1'], membershipHash: '0123456789abcdef', owns: () => true, ...own }
}

export function turn(channelId: string, epoch: number, number: number, own: Partial<StoredTurn> = {}): StoredTurn {
  return { channelId, epoch, number, bytes: bytesOf(`turn ${number} of ${channelId}`), ...own }
}

export function image(channelId: string, epoch: number, number: number, own: Partial<StoredImage> = {}): StoredImage {
  const bytes = bytesOf(`image ${number} of ${channelId}`)
  return { channelId, epoch, number, bytes, dueAt: null, stateVersion: 1, storedAt: 1_700_000_000_000, ...own }
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(new TextEncoder().encode(text))
}

/** Claims a channel, and fails where that is not possible. */
export async function claimed(
  journal: Journal,
  channelId: string,
  { epochSeen = 0, stateVersion = 1, format = 255 } = {},
): Promise<Extract<Claim, { outcome: 'claimed' }>> {
  const claim = await journal.claim(channelId, { epochSeen, stateVersion, format })
  assert.ok(claim.outcome === 'claimed', `the claim of '${channelId}' is ${claim.outcome}`)
  return claim
}

/** Appends a commit, and fails where it is not stored. */
export async function store(journal: Journal, commit: Partial<Commit> & Pick<Commit, 'seq'>): Promise<void> {
  const appended = await journal.append({ turns: [], images: [], ...commit })
  assert.deepEqual(appended, { outcome: 'stored' }, `commit ${commit.seq}`)
}

/** What waits for channels of a run. */
export function waiting(
  journal: Journal,
  { after = new Map(), except = [], channelMax = 10, messagesMax = 100, bytesMax = 1_000 }: Partial<InboxQuery> = {},
): Promise<readonly InboxMessage[]> {
  return journal.inbox({ after, except, channelMax, messagesMax, bytesMax })
}

/** The code that a call of a store rejects with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'resolved',
    (error: { code?: string; message?: string }) => error.code ?? `no code: ${error.message}`,
  )
  return outcome
}

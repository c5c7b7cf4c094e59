/**
 * The thread of a store: its calls block, so nothing else runs here. Takes one request after the other and answers each. Knows nothing
 * of masters.
 */
import { parentPort } from 'node:worker_threads'
import type { Attempt, ChannelFault, ClaimOptions, ExportedChannel } from '../store/store.js'
import { SqliteAdmin } from './sqlite-admin.js'
import { sqliteDriver } from './sqlite-driver.js'
import { failureOf, type SqliteFailure } from './sqlite-failure.js'
import { SqliteFile, type SqliteFileOptions } from './sqlite-file.js'
import { type PackedCommit, type RememberedMember, SqliteJournal, type SqliteJournalOptions } from './sqlite-journal.js'

let name = 'the store'
let file: SqliteFile | null = null
let journal: SqliteJournal | null = null
let admin: SqliteAdmin | null = null

/** What the thread does, by name. Errors are answered as such. */
const WORK = {
  async open(options: SqliteFileOptions): Promise<void> {
    name = options.name
    file = new SqliteFile(await sqliteDriver(), options)
  },
  journal(options: SqliteJournalOptions) {
    journal = new SqliteJournal(theFile(), options)
    return { lastSeq: journal.lastSeq, remembered: journal.remembered }
  },
  admin: (): void => {
    admin = new SqliteAdmin(theFile(), name)
  },
  channelIds: (after: string, limit: number) => theJournal().channelIds(after, limit),
  begin: (member: RememberedMember) => theJournal().begin(member),
  append: (commit: PackedCommit) => {
    const appended = theJournal().append(commit)
    return appended.outcome === 'stored' ? appended : { ...appended, error: failureOf(name, appended.error) }
  },
  tail: () => theJournal().tail(),
  claim: (claims: readonly (readonly [string, ClaimOptions])[]) =>
    theJournal()
      .claim(claims)
      .map((claim) => (claim instanceof Error ? { failure: failureOf(name, claim) } : { claim })),
  read: (channelId: string) => theJournal().read(channelId),
  due: (now: number, limit: number) => theJournal().due(now, limit),
  attempt: (attempts: readonly Attempt[]) => theJournal().attempt(attempts),
  fault: (channelId: string, fault: ChannelFault) => theJournal().fault(channelId, fault),
  backup: (to: string) => theFile().backup(to),
  check: () => theAdmin().check(),
  list: (after: string, limit: number) => theAdmin().list(after, limit),
  export: (channelId: string) => theAdmin().export(channelId),
  import: (channel: ExportedChannel) => theAdmin().import(channel),
  remove: (channelId: string) => theAdmin().remove(channelId),
  clearFault: (channelId: string) => theAdmin().clearFault(channelId),
  forgetMember: () => theAdmin().forgetMember(),
  close: () => file?.close(),
}

export type SqliteWorker = typeof WORK

export interface SqliteRequest {
  readonly id: number
  readonly method: keyof SqliteWorker
  readonly args: readonly unknown[]
}

export type SqliteAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: SqliteFailure }

parentPort?.on('message', (request: SqliteRequest) => void answer(request))

async function answer({ id, method, args }: SqliteRequest): Promise<void> {
  const work = WORK[method] as (...args: readonly unknown[]) => unknown
  let reply: SqliteAnswer
  try {
    reply = { id, value: await work(...args) }
  } catch (error) {
    reply = { id, failure: failureOf(name, error) }
  }
  parentPort?.postMessage(reply)
}

function theFile(): SqliteFile {
  return file ?? notOpen()
}

function theJournal(): SqliteJournal {
  return journal ?? notOpen()
}

function theAdmin(): SqliteAdmin {
  return admin ?? notOpen()
}

function notOpen(): never {
  throw new Error('it is not open')
}

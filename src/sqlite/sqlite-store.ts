/**
 * Durable channels on one machine: a store in one file of SQLite, which works in a thread of its own, so that a slow disk blocks no
 * channel. Knows no master.
 */
import { resolve } from 'node:path'
import { CentrumError } from '../protocol/errors.js'
import { readOptions } from '../options/read-options.js'
import type { Journal, Store, StoreAdmin, StoreMember } from '../store/store.js'
import type { RememberedMember } from './sqlite-journal.js'
import { SQLITE_OPTIONS, type SqliteOptions } from './sqlite-options.js'
import { SqliteThread } from './sqlite-thread.js'
import { ThreadAdmin } from './thread-admin.js'
import { ThreadJournal } from './thread-journal.js'

const IDS_READ = 1_000
/** How many channels an error names. */
const IDS_NAMED = 10

/** A store in a SQLite file. */
export interface SqliteStore extends Store {
  /**
   * Writes a copy of the store that this process has open to a new file. Commits wait until it is written. If the copy replaces the
   * store, channels begin new histories, because clients may have seen later turns. Rejects with a `CentrumError`: `stopped` if
   * the store is not open, `invalid-option`, `store-full`, `store-read-only`.
   */
  backup(path: string): Promise<void>
}

/**
 * A store in the file `path`, for `startApp` and for a back of a static cluster. A commit counts as stored only when it has reached
 * the disk. The file is opened when a back starts. Throws a `CentrumError` `invalid-option`.
 */
export function sqliteStore(options: SqliteOptions): SqliteStore {
  const { path, lockMs, journalBytesMax } = readOptions({ call: 'sqliteStore' }, SQLITE_OPTIONS, options)
  return new SqliteFileStore(path, lockMs, journalBytesMax)
}

/** See `sqliteStore`. */
export class SqliteFileStore implements SqliteStore {
  readonly name: string
  readonly keyFile: string | null
  readonly #lockMs: number
  readonly #journalBytesMax: number
  #thread: SqliteThread | null = null

  constructor(path: string, lockMs: number, journalBytesMax: number) {
    this.name = path
    this.keyFile = path === ':memory:' ? null : `${path}.key`
    this.#lockMs = lockMs
    this.#journalBytesMax = journalBytesMax
  }

  join(member: StoreMember): Promise<Journal> {
    return this.#open(async (thread) => {
      const { incarnation, keyIds, membershipHash } = member
      const options = { name: this.name, incarnation, journalBytesMax: this.#journalBytesMax }
      const { lastSeq, remembered } = await thread.call('journal', [options])
      if (remembered !== null) await this.#compare(thread, member, remembered)
      await thread.call('begin', [{ keyId: keyIds[0] ?? '', membershipHash }])
      return new ThreadJournal(thread, { lastSeq, name: this.name, close: () => this.#close(thread) })
    })
  }

  administer(): Promise<StoreAdmin> {
    return this.#open(async (thread) => {
      await thread.call('admin', [])
      return new ThreadAdmin(thread, () => this.#close(thread))
    })
  }

  async backup(path: string): Promise<void> {
    if (this.#thread === null) throw new CentrumError('stopped', `backup: ${this.name} is not open in this process.`)
    await this.#thread.call('backup', [resolve(path)])
  }

  /** What the end of its process does: nothing that is under way is answered. */
  async abandon(): Promise<void> {
    await this.#thread?.terminate()
    this.#thread = null
  }

  async #open<T>(begin: (thread: SqliteThread) => Promise<T>): Promise<T> {
    if (this.#thread !== null) {
      throw new CentrumError('store-in-use', `${this.name} is in use by another back of this process.`)
    }
    const thread = new SqliteThread(this.name)
    this.#thread = thread
    try {
      const path = this.name === ':memory:' ? this.name : resolve(this.name)
      await thread.call('open', [{ path, name: this.name, lockMs: this.#lockMs }])
      return await begin(thread)
    } catch (error) {
      await this.#close(thread)
      throw error
    }
  }

  async #close(thread: SqliteThread): Promise<void> {
    if (this.#thread !== thread) return
    try {
      await thread.call('close', [])
    } finally {
      await thread.terminate()
      this.#thread = null
    }
  }

  /** Throws `store-mismatch`. */
  async #compare(thread: SqliteThread, member: StoreMember, remembered: RememberedMember): Promise<void> {
    const { backId, keyIds, membershipHash, owns } = member
    const { keyId } = remembered
    if (keyId !== '' && !keyIds.includes(keyId)) {
      throw new CentrumError(
        'store-mismatch',
        `${this.name} was written with a different key, so none of its sessions could continue. Start with that key` +
          `${this.keyFile === null ? '' : ` (one that was made lies in ${this.keyFile})`}, or make the store forget that key: ` +
          `centrum store forget-key --store sqlite:${this.name}.`,
      )
    }
    if (membershipHash === remembered.membershipHash) return
    const lost: string[] = []
    for (let after: string | undefined = ''; after !== undefined;) {
      const ids: string[] = await thread.call('channelIds', [after, IDS_READ])
      lost.push(...ids.filter((id) => !owns(id)))
      after = ids.at(-1)
    }
    if (lost.length > 0) throw this.#moved(backId, lost)
  }

  #moved(backId: string, lost: readonly string[]): CentrumError {
    const named = lost.slice(0, IDS_NAMED)
    const more = lost.length > named.length ? ` and ${lost.length - named.length} more` : ''
    const [from, to] = [`--store sqlite:${this.name}`, '--store <the store of its new owner>']
    const commands = named.map(
      (id) =>
        `centrum store export ${id} ${from} > channel.json && centrum store import channel.json ${to} && centrum store remove ${id} ${from}`,
    )
    return new CentrumError(
      'store-mismatch',
      `${this.name} contains ${lost.length} channels that the cluster's list no longer assigns to '${backId}': ${named.join(', ')}${more}. ` +
        `Assign them to it again, or move each to the store of its new owner:\n${commands.join('\n')}`,
      { details: lost },
    )
  }
}

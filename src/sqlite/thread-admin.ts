/** A store as a tool has it: passes everything on to the store's thread. */
import type { ExportedChannel, ListedChannel, StoreAdmin } from '../store/store.js'
import type { SqliteThread } from './sqlite-thread.js'

export class ThreadAdmin implements StoreAdmin {
  readonly close: () => Promise<void>
  readonly #thread: SqliteThread

  constructor(thread: SqliteThread, close: () => Promise<void>) {
    this.#thread = thread
    this.close = close
  }

  check(): Promise<readonly string[]> {
    return this.#thread.call('check', [])
  }

  list(after: string, limit: number): Promise<readonly ListedChannel[]> {
    return this.#thread.call('list', [after, limit])
  }

  export(channelId: string): Promise<ExportedChannel | null> {
    return this.#thread.call('export', [channelId])
  }

  import(channel: ExportedChannel): Promise<void> {
    return this.#thread.call('import', [channel])
  }

  remove(channelId: string): Promise<boolean> {
    return this.#thread.call('remove', [channelId])
  }

  clearFault(channelId: string): Promise<boolean> {
    return this.#thread.call('clearFault', [channelId])
  }

  async forgetMember(): Promise<void> {
    await this.#thread.call('forgetMember', [])
  }
}

/** A `MemoryStore` as a tool has it. */
import type { MemoryChannels } from './memory-channels.js'
import type { ExportedChannel, ListedChannel, StoreAdmin } from './store.js'

export class MemoryAdmin implements StoreAdmin {
  readonly #channels: MemoryChannels
  readonly #forget: () => void

  constructor(channels: MemoryChannels, forget: () => void) {
    this.#channels = channels
    this.#forget = forget
  }

  async check(): Promise<readonly string[]> {
    return []
  }

  async list(after: string, limit: number): Promise<readonly ListedChannel[]> {
    return this.#channels.list(after, limit)
  }

  async export(channelId: string): Promise<ExportedChannel | null> {
    return this.#channels.export(channelId)
  }

  async import(channel: ExportedChannel): Promise<void> {
    this.#channels.import(channel)
  }

  async remove(channelId: string): Promise<boolean> {
    return this.#channels.remove(channelId)
  }

  async clearFault(channelId: string): Promise<boolean> {
    return this.#channels.fault(channelId, null)
  }

  async forgetMember(): Promise<void> {
    this.#forget()
  }

  async close(): Promise<void> {}
}

/** One run of a back in a `MemoryStore`. */
import type { JournalTail } from './store.js'

export interface MemoryRun {
  readonly backId: string
  readonly incarnation: string
  tail: JournalTail
}

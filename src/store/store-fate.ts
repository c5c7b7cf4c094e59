/** What a hook of a `MemoryStore` sees of a call, and what it decides. Knows nothing of what is stored. */
import type { CentrumError } from '../protocol/errors.js'
import type { Commit, Journal } from './store.js'

/** A call as the hook sees it. */
export interface StoreCall {
  readonly backId: string
  readonly method: 'join' | keyof Omit<Journal, 'lastSeq'>
  /** Of `append`. */
  readonly commit?: Commit
}

/** What becomes of a call. Each part has its default where it is left out. */
export interface StoreFate {
  /** Waited for before the work is done. */
  readonly before?: Promise<unknown>
  /** The call fails with this, and nothing is done. */
  readonly error?: CentrumError
  /** The caller loses contact: nothing is done (`before`), or all, but the caller does not learn it (`after`). */
  readonly cut?: 'before' | 'after'
  /** Waited for before the answer is given. */
  readonly after?: Promise<unknown>
}

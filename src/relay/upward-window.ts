/**
 * How much of what sessions sent a back has not read yet: kept small, so that nobody's words wait long behind those of others. The back's
 * answer to a ping says that all before it was read. Knows nothing of sessions.
 */
import type { MasterLink } from '../link/master-link.js'

/** What may be on its way to a back, in bytes, before sessions are read no further. */
const WINDOW_BYTES = 1024 * 1024
/** From so much on the back is asked how far it has come. */
const ASK_BYTES = WINDOW_BYTES / 4

export class UpwardWindow {
  readonly #link: MasterLink
  readonly #onRead: () => void
  #sent = 0
  #read = 0
  #isAsking = false

  /** `onRead`: the back has read more. */
  constructor(link: MasterLink, onRead: () => void) {
    this.#link = link
    this.#onRead = onRead
  }

  get isFull(): boolean {
    return this.#sent - this.#read > WINDOW_BYTES
  }

  add(bytes: number): void {
    this.#sent += bytes
  }

  /** Called behind each batch. */
  flushed(): void {
    if (this.#isAsking || this.#sent - this.#read < ASK_BYTES) return
    this.#isAsking = true
    void this.#ask(this.#sent)
  }

  async #ask(sent: number): Promise<void> {
    try {
      await this.#link.ping()
      this.#read = sent
    } catch {
      // It is slow, and asked again; or the link has ended.
    }
    this.#isAsking = false
    if (!this.#link.open) return
    this.flushed()
    this.#onRead()
  }
}

/**
 * How much of what sessions sent a back has not read yet: kept small, so that nobody's words wait long behind those of others. The back's
 * answer to a ping says that all before it was read. Knows nothing of sessions.
 */
import type { MasterLink } from '../link/master-link.js'

/** Bytes of sessions that may be on their way to one back and unread there; beyond it sessions are read no further until it has read. */
const UPWARD_BYTES_MAX = 1024 * 1024
/** From so much on the back is asked how far it has come. */
const ASK_BYTES = UPWARD_BYTES_MAX / 4

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
    return this.#sent - this.#read > UPWARD_BYTES_MAX
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

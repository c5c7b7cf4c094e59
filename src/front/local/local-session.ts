/**
 * A session that the front itself carries: for all of its own `FrontChannel`s, or for one `FrontClient` of the application. It connects a
 * `LinkSet` to the front's port. Knows nothing of what its links are for.
 */
import type { SharedBlock } from '../../protocol/blocks.js'
import type { CentrumError } from '../../protocol/errors.js'
import type { Identity } from '../../protocol/master-frames.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Runtime, Timer } from '../../runtime/runtime.js'
import { defaultsOf } from '../../options/limit-table.js'
import type { SessionEnd } from '../../session/ended-sessions.js'
import { LINK_END_LIMITS } from '../../session/link-end-limits.js'
import { LinkSet } from '../../session/link-set.js'
import { waitFor } from '../../session/wait-for.js'
import type { FrontPort, FrontSession, SessionAnswer, SessionSink } from '../../relay/front-port.js'
import type { LocalLink } from './local-link.js'

/** How long calls wait where they have no `timeoutMs` of their own, in milliseconds. */
const WAIT_MS = 10_000

export interface LocalSessionOptions {
  readonly port: FrontPort
  readonly identity: Identity
  readonly connectionAttempt: number
  readonly runtime: Runtime
  /** Whether the front shall know the session only while it has links. */
  readonly onlyWithLinks: boolean
  /** The greatest that the session has used for a link before. */
  readonly lastLinkNumber: number
  /** The session was ended by a back. */
  ended(): void
  /** So many messages for a processor have no effect, as `to` did not become it. */
  unsent(to: LocalLink, count: number, error: CentrumError): void
}

export class LocalSession implements SessionSink {
  readonly congested = false
  readonly wantsKeyframe = true
  readonly frameBytesMax = Infinity
  readonly links: LinkSet<LocalLink>
  readonly #options: LocalSessionOptions
  /** The front's end; null while the front does not know the session. */
  #session: FrontSession | null = null
  #isOver = false
  #leaving: Timer | null = null

  /** Throws a `CentrumError`: `too-many`, or `stopped`. */
  constructor(options: LocalSessionOptions) {
    this.#options = options
    this.links = new LinkSet<LocalLink>(
      {
        runtime: options.runtime,
        timeoutMs: WAIT_MS,
        limits: defaultsOf(LINK_END_LIMITS),
        send: (frame) => this.#session?.receive(frame),
        flush: () => this.links.flush(),
        describe: () => 'the session is over',
        sessionEnded: (reason, message) => this.#end('drop', reason, message),
        linkClosed: () => this.#leaveLater(),
        processorChanged: () => {},
        unsent: (to, count, error) => options.unsent(to, count, error),
      },
      options.lastLinkNumber,
    )
    if (!options.onlyWithLinks) this.#enter()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** `LinkSet.link`, of a session that the front knows from now on. */
  async link(...link: Parameters<LinkSet<LocalLink>['link']>): Promise<LocalLink> {
    if (!this.#isOver) this.#enter()
    try {
      return await this.links.link(...link)
    } finally {
      this.#leaveLater()
    }
  }

  #enter(): void {
    if (this.#session !== null) return
    const { port, identity, connectionAttempt } = this.#options
    this.#session = port.attach(identity, connectionAttempt, this)
    this.links.connected(identity.sessionId)
  }

  /** In the next macrotask, as another link may have waited for this one to close. */
  #leaveLater(): void {
    if (!this.#options.onlyWithLinks || this.#isOver || this.links.size > 0) return
    this.#leaving ??= this.#options.runtime.clock.soon(() => {
      this.#leaving = null
      if (this.links.size > 0) return
      this.#session?.drop('unlinked')
      this.#session = null
      this.links.disconnected('unlinked')
    })
  }

  /** Resolves when the channel has let go of the link, or without its word when that takes too long. */
  async unlink(link: LocalLink): Promise<void> {
    const { runtime } = this.#options
    const describe = (): string => `'${link.id}' did not release the processor`
    const unlinked = waitFor<void>({ runtime, timeoutMs: WAIT_MS }, {}, describe, ({ resolve }) => {
      void this.links.unlink(link).then(resolve)
      return () => link.end.close('unlinked', 'The channel could not be reached.')
    })
    await unlinked.catch(() => {})
  }

  /** The session is over. `end`: its channels end it as well; `drop`: they know that it is not here any more. */
  finish(how: 'end' | 'drop', reason: Reason, message: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#leaving?.cancel()
    this.#session?.[how](reason)
    this.#session = null
    this.links.close(reason, message)
  }

  #end(how: 'end' | 'drop', reason: Reason, message: string): void {
    if (this.#isOver) return
    this.finish(how, reason, message)
    this.#options.ended()
  }

  answer(frame: SessionAnswer): void {
    this.links.receive(frame)
  }

  shared(block: SharedBlock): void {
    this.links.receive({ type: 'shared', block })
  }

  ended({ reason, message }: SessionEnd): void {
    this.#end('drop', reason, message)
  }
}

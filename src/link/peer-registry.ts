/**
 * Each master once: who stands for an id when a second one comes with it. Of one incarnation the greater connection
 * wins; another incarnation is refused while the one that is here answers a ping sent now, else it takes over. Used by
 * both sides of the hop. Knows nothing of handshakes.
 */
import type { MasterLink, LinkPeer } from './master-link.js'
import type { LinkRefusal } from './master-identity.js'

type Decision = 'enter' | 'replace' | 'stale' | 'contest'

/** What is to happen to a newcomer, by who is here. Pure. */
export function decide(here: LinkPeer | null, newcomer: LinkPeer): Decision {
  if (here === null) return 'enter'
  if (here.incarnation !== newcomer.incarnation) return 'contest'
  return newcomer.connection > here.connection ? 'replace' : 'stale'
}

export class PeerRegistry {
  readonly #links = new Map<string, MasterLink>()

  /** How many masters are here. */
  get size(): number {
    return this.#links.size
  }

  /** Whether a master of this role and id is here. */
  has(peer: LinkPeer): boolean {
    return this.#links.has(keyOf(peer))
  }

  /**
   * Settles whether `newcomer` may stand for its id: calls `enter`, which makes its link, or `refuse`; at once unless the
   * one that is here must be asked, for which it has `limitMs`. The one that is replaced is closed before `enter` is called.
   */
  settle(
    newcomer: LinkPeer,
    limitMs: number,
    enter: () => MasterLink | null,
    refuse: (refusal: LinkRefusal) => void,
  ): void {
    const key = keyOf(newcomer)
    const here = this.#links.get(key) ?? null
    switch (decide(here?.peer ?? null, newcomer)) {
      case 'enter':
        this.#enter(key, enter)
        break
      case 'replace':
        here?.close('replaced', `connection ${newcomer.connection} of ${newcomer.id} replaces this one`)
        this.#enter(key, enter)
        break
      case 'stale':
        refuse({
          reason: 'replaced',
          message: `connection ${here?.peer.connection} of ${newcomer.id} is already open, and ${newcomer.connection} is older`,
        })
        break
      case 'contest':
        here?.ping(limitMs).then(
          () => refuse(taken(here.peer, newcomer)),
          () => {
            here.close('replaced', `another ${newcomer.id} connected, and this one did not answer within ${limitMs} ms`)
            // Someone else may have been quicker.
            this.settle(newcomer, limitMs, enter, refuse)
          },
        )
        break
    }
  }

  /** A link has ended. */
  leave(link: MasterLink): void {
    const key = keyOf(link.peer)
    if (this.#links.get(key) === link) this.#links.delete(key)
  }

  #enter(key: string, enter: () => MasterLink | null): void {
    const link = enter()
    if (link !== null && link.open) this.#links.set(key, link)
  }
}

function keyOf(peer: LinkPeer): string {
  return `${peer.role} ${peer.id}`
}

function taken(here: LinkPeer, newcomer: LinkPeer): LinkRefusal {
  return {
    reason: 'id-taken',
    message:
      `${newcomer.role} '${newcomer.id}' is already running, as incarnation ${here.incarnation}, and answers; ` +
      `this one is ${newcomer.incarnation}: each id may run only once, so stop one of them or give it another id`,
  }
}

/** A front master played by a test: it dials a real back over an in-process stream, and says and hears frames one by one. */
import { maintainLink } from '../../src/link/maintain-link.js'
import type { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { linkLimits } from '../../src/link/link-limits.js'
import { newIncarnation } from '../../src/link/master-identity.js'
import type { MasterLink } from '../../src/link/master-link.js'
import { transportOf } from '../../src/link/transport-of.js'
import type { EntryKind } from '../../src/protocol/frame-types.js'
import { type LinkPast, makeNamed, readItems, type Item } from '../../src/protocol/link-frames.js'
import { decodeToFront, encodeToBack, type ToBackFrame, type ToFrontFrame } from '../../src/protocol/master-frames.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { encodeValue } from '../../src/value/encode-value.js'

export type HeardFrame<T extends ToFrontFrame['type']> = Extract<ToFrontFrame, { readonly type: T }>

export interface LinkWords {
  readonly ref: number
  readonly channel: string
  readonly session?: string
  readonly user?: string
  readonly data?: unknown
  readonly senderKind?: 'client' | 'front'
  readonly tokenGeneration?: number
  readonly connectionAttempt?: number
  readonly linkNumber?: number
  readonly processor?: boolean
  readonly past?: LinkPast | null
  readonly options?: unknown
}

export class ScriptedFront {
  readonly heard: ToFrontFrame[] = []
  link: MasterLink | null = null
  readonly #kept: ReturnType<typeof maintainLink>

  constructor(
    runtime: Runtime,
    network: InProcessNetwork,
    back: {
      readonly id: string
      readonly address: string
      readonly membershipHash: string
      readonly secret?: Uint8Array
    },
    id = 'front-1',
  ) {
    const { address, membershipHash, secret } = back
    this.#kept = maintainLink({
      transport: transportOf(address, { runtime, network }),
      address,
      identity: {
        role: 'front',
        id,
        incarnation: newIncarnation(runtime.random),
        membershipHash,
        secrets: secret && [secret],
      },
      expectedId: back.id,
      limits: linkLimits(),
      runtime,
      events: {
        onUp: (link) => {
          this.link = link
          return {
            onFrame: (frame) => this.heard.push(decodeToFront(frame.slice())),
            onClosed: () => (this.link = null),
          }
        },
        onDown: () => undefined,
        onRefused: () => undefined,
      },
    })
  }

  say(...frames: ToBackFrame[]): void {
    for (const frame of frames) this.link?.send(encodeToBack(frame))
    this.link?.flush()
  }

  sayLink(words: LinkWords): void {
    const {
      ref,
      channel,
      session = 'ada',
      user = session,
      data,
      senderKind = 'client',
      tokenGeneration = 0,
      connectionAttempt = 1,
    } = words
    const identity = {
      senderKind,
      sessionId: session,
      userId: user,
      data: encodeValue(data),
      tokenGeneration,
      beganAt: 0,
    }
    const options = words.options === undefined ? null : encodeValue(words.options)
    const { linkNumber = 1, processor = false, past = null } = words
    this.say({
      type: 'masterLink',
      ref,
      identity,
      connectionAttempt,
      payer: '',
      request: { channelId: channel, linkNumber, processor, past, options },
    })
  }

  sayEntry(ref: number, clientSeq: number, kind: EntryKind, name = '', payload?: unknown): void {
    const body = kind <= 2 ? makeNamed(name, encodeValue(payload)) : new Uint8Array(0)
    this.say({ type: 'masterEntry', ref, entry: { clientSeq, kind, context: null, body } })
  }

  all<T extends ToFrontFrame['type']>(type: T): HeardFrame<T>[] {
    return this.heard.filter((frame): frame is HeardFrame<T> => frame.type === type)
  }

  /** All items and the last acknowledgement of a ref so far. */
  items(ref: number): { acknowledged: number; items: Item[] } {
    let acknowledged = 0
    const items: Item[] = []
    for (const block of this.all('masterPrivate')) {
      for (const link of block.links) {
        if (link.ref !== ref) continue
        const read = readItems(link.items)
        acknowledged = read.acknowledged
        items.push(...read.items)
      }
    }
    return { acknowledged, items }
  }

  /** Breaks the link, and dials no more. */
  leave(): void {
    this.#kept.stop()
  }
}

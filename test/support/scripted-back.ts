/** A back master played by a test: real fronts dial it over an in-process stream, and it says and hears frames one by one. */
import { acceptLinks, type LinkListener } from '../../src/link/accept-links.js'
import type { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { linkLimits } from '../../src/link/link-limits.js'
import { newIncarnation } from '../../src/link/master-identity.js'
import type { MasterLink } from '../../src/link/master-link.js'
import { sharedSecretOf } from '../../src/link/shared-secret.js'
import { transportOf } from '../../src/link/transport-of.js'
import {
  type Keyframe,
  makeKeyframe,
  makeSharedBlock,
  type SharedBlock,
  type SharedEvent,
} from '../../src/protocol/blocks.js'
import { makeItems, type Item, type LinkedState } from '../../src/protocol/link-frames.js'
import { decodeToBack, encodeToFront, type ToBackFrame, type ToFrontFrame } from '../../src/protocol/master-frames.js'
import type { Origin } from '../../src/protocol/origin.js'
import type { Runtime } from '../../src/runtime/runtime.js'

export type SaidFrame<T extends ToBackFrame['type']> = Extract<ToBackFrame, { readonly type: T }>

export const ORIGIN: Origin = { epoch: 1, nonce: '00000000000000aa' }

/** Where words differ from the usual: epoch 1, the origin above. */
export interface Where {
  readonly channel?: string
  readonly epoch?: number
  readonly origin?: Origin
}

export class ScriptedBack {
  readonly heard: ToBackFrame[] = []
  /** Frames by the batch in which they came. */
  readonly batches: ToBackFrame[][] = []
  link: MasterLink | null = null
  #listener: LinkListener | null = null
  #batch = 0

  async listen(
    runtime: Runtime,
    network: InProcessNetwork,
    back: { readonly id: string; readonly address: string; readonly hash: string; readonly key: Uint8Array },
  ): Promise<void> {
    const { id, address, hash, key } = back
    this.#listener = await acceptLinks({
      transport: transportOf(address, { runtime, network }),
      address,
      identity: {
        role: 'back',
        id,
        incarnation: newIncarnation(runtime.random),
        membershipHash: hash,
        secrets: [sharedSecretOf(key, 'proof')],
      },
      limits: linkLimits(),
      runtime,
      onLink: (link) => {
        this.link = link
        this.#batch = 0
        return {
          onFrame: (bytes) => this.#hear(link, decodeToBack(bytes.slice())),
          onClosed: () => {
            if (this.link === link) this.link = null
          },
        }
      },
    })
  }

  #hear(link: MasterLink, frame: ToBackFrame): void {
    const { batchesReceived } = link.inspect()
    if (batchesReceived !== this.#batch) this.batches.push([])
    this.#batch = batchesReceived
    this.batches.at(-1)?.push(frame)
    this.heard.push(frame)
  }

  all<T extends ToBackFrame['type']>(type: T): SaidFrame<T>[] {
    return this.heard.filter((frame): frame is SaidFrame<T> => frame.type === type)
  }

  last<T extends ToBackFrame['type']>(type: T): SaidFrame<T> {
    const frame = this.all(type).at(-1)
    if (frame === undefined)
      throw new Error(`no ${type} was heard; heard: ${this.heard.map((each) => each.type).join(', ')}`)
    return frame
  }

  forget(): void {
    this.heard.length = 0
    this.batches.length = 0
  }

  /** All in one batch. */
  say(...frames: ToFrontFrame[]): void {
    for (const frame of frames) this.link?.send(encodeToFront(frame))
    this.link?.flush()
  }

  /** Breaks the link with a reason; the front dials again. */
  breakLink(): void {
    this.link?.close('closing', 'the test breaks it')
  }

  async stop(): Promise<void> {
    await this.#listener?.close()
    this.link?.close('closing', 'the test is over')
  }
}

export function linked(ref: number, version: number, more: Partial<LinkedState> = {}): ToFrontFrame {
  const state: LinkedState = {
    view: 0,
    origin: ORIGIN,
    epoch: 1,
    version,
    serial: 1,
    processed: 0,
    eventsVersion: version,
    eventsAfter: 0,
    processor: false,
    wantsShown: false,
    imageAgeMs: null,
    reply: null,
    ...more,
  }
  return { type: 'masterLinked', ref, linked: state }
}

export function keyframeOf(version: number, text: string, where: Where = {}): Keyframe {
  const { channel = 'room/1', epoch = 1, origin = ORIGIN } = where
  return makeKeyframe({ channelId: channel, view: 0, epoch, origin, version, bytes: new TextEncoder().encode(text) })
}

export function keyframe(version: number, text: string, where: Where = {}): ToFrontFrame {
  return { type: 'keyframe', keyframe: keyframeOf(version, text, where) }
}

export function blockOf(
  version: number,
  patch: string | null,
  where: Where & { readonly previous?: number; readonly events?: readonly SharedEvent[] } = {},
): SharedBlock {
  const { channel = 'room/1', epoch = 1, origin = ORIGIN, previous = version - 1, events = [] } = where
  const bytes = patch === null ? null : new TextEncoder().encode(patch)
  return makeSharedBlock({ channelId: channel, view: 0, epoch, origin, version, previous, patch: bytes, events })
}

export function shared(...words: Parameters<typeof blockOf>): ToFrontFrame {
  return { type: 'shared', block: blockOf(...words) }
}

export function privately(ref: number, version: number, items: readonly Item[], where: Where = {}): ToFrontFrame {
  const { channel = 'room/1', epoch = 1, origin = ORIGIN } = where
  return {
    type: 'masterPrivate',
    channelId: channel,
    origin,
    epoch,
    version,
    links: [{ ref, items: makeItems(0, items) }],
  }
}

export function detached(
  ref: number,
  more: Partial<Extract<ToFrontFrame, { type: 'masterDetached' }>> = {},
): ToFrontFrame {
  return {
    type: 'masterDetached',
    ref,
    reason: 'channel-closed',
    relink: false,
    message: '',
    owner: null,
    details: null,
    ...more,
  }
}

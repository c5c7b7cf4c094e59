/** What carries a session, played by a test: it notes what the front says, and is congested when the test says so. */
import type { FrontPort, FrontSession, SessionAnswer, SessionFrame, SessionSink } from '../../src/relay/front-port.js'
import type { SharedBlock } from '../../src/protocol/blocks.js'
import { ENTRY, type EntryKind } from '../../src/protocol/frame-types.js'
import { type LinkPast, makeNamed } from '../../src/protocol/link-frames.js'
import type { SessionEnd } from '../../src/session/ended-sessions.js'
import { encodeValue } from '../../src/value/encode-value.js'

export type Told =
  | SessionAnswer
  | { readonly type: 'shared'; readonly block: SharedBlock }
  | { readonly type: 'kicked'; readonly message: string }
export type ToldFrame<T extends Told['type']> = Extract<Told, { readonly type: T }>

export class ScriptedSession implements SessionSink {
  congested = false
  wantsKeyframe = false
  frameBytesMax = Infinity
  readonly told: Told[] = []
  /** All turns that came, as they were made or later to catch up. */
  readonly live: SharedBlock[] = []
  readonly front: FrontSession
  /** Called within each call of the front. */
  heed: (frame: SessionAnswer) => void = () => {}

  constructor(port: FrontPort, sessionId: string, connectionAttempt = 1) {
    this.front = port.attach(
      {
        senderKind: 'client',
        sessionId,
        userId: `user of ${sessionId}`,
        data: encodeValue(null),
        tokenGeneration: 0,
        beganAt: 0,
      },
      connectionAttempt,
      this,
    )
  }

  answer(frame: SessionAnswer): void {
    this.told.push(frame)
    this.heed(frame)
  }

  shared(block: SharedBlock): void {
    this.live.push(block)
    this.told.push({ type: 'shared', block })
  }

  ended({ message }: SessionEnd): void {
    this.told.push({ type: 'kicked', message })
  }

  say(frame: SessionFrame): void {
    this.front.receive(frame)
  }

  link(link: number, channelId = 'room/1', past: LinkPast | null = null): void {
    this.say({ type: 'link', link, request: { channelId, linkNumber: 1, processor: false, past, options: null } })
  }

  entry(link: number, clientSeq: number, kind: EntryKind = ENTRY.message, payload: unknown = clientSeq): void {
    const body =
      kind === ENTRY.message || kind === ENTRY.request ? makeNamed('say', encodeValue(payload)) : new Uint8Array(0)
    this.say({ type: 'entry', link, entry: { clientSeq, kind, context: null, body } })
  }

  all<T extends Told['type']>(type: T): ToldFrame<T>[] {
    return this.told.filter((frame): frame is ToldFrame<T> => frame.type === type)
  }

  /** What was told, in short: `linked keyframe@2 shared@3`. */
  get summary(): string {
    const short = (frame: Told): string => {
      switch (frame.type) {
        case 'shared':
          return `shared@${frame.block.version - frame.block.previous > 1 ? `${frame.block.previous + 1}-` : ''}${frame.block.version}`
        case 'keyframe':
          return `keyframe@${frame.keyframe.version}`
        case 'detached':
          return `detached:${frame.reason}:${frame.relink ? 'again' : 'over'}`
        case 'status':
          return `${frame.stalled ? 'stalled' : 'live'}:${frame.reason}`
        case 'linked':
        case 'private':
        case 'kicked':
          return frame.type
      }
    }
    return this.told.map(short).join(' ')
  }

  forget(): void {
    this.told.length = 0
    this.live.length = 0
  }
}

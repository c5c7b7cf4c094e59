/**
 * What breaks a rule of the house and is known. The lists only shrink: a new violation fails its test, and so does an entry
 * that is not needed any more.
 */
import { assertNone } from '../support/findings.js'

/** Files that import themselves through others, types included. */
export const CIRCLES: readonly string[] = [
  'src/relay/back-peer.ts',
  'src/relay/channel-mirror.ts',
  'src/relay/front-core.ts',
  'src/relay/relayed-link.ts',
  'src/relay/relayed-session.ts',
  'src/relay/session-index.ts',
  'src/relay/state-feed.ts',
]

/** Limits that no test drives to the edge and one beyond, by their table. */
export const LIMITS_WITHOUT_EDGE: readonly string[] = [
  'Backs commitStallMs',
  'Backs handOverMs',
  'Backs imageRatio',
  'Backs imageTurnBytesMin',
  'Backs imageTurnsMax',
  'Backs peerWaitMs',
  'Links closeMs',
  'Links takeoverMs',
]

/** Files that are called after none of their exports. */
export const OTHER_MAIN_EXPORT: readonly string[] = [
  'src/back/opening.ts',
  'src/client/channel-link.ts',
  'src/client/web-socket.ts',
  'src/front/local/sendable.ts',
  'src/gateway/handshake.ts',
  'src/gateway/incoming.ts',
  'src/gateway/web-socket-frame.ts',
  'src/protocol/frame-bytes.ts',
  'src/protocol/frame-codec.ts',
  'src/protocol/frame-pack.ts',
  'src/protocol/frame-types.ts',
  'src/protocol/link-frames.ts',
  'src/protocol/master-frames.ts',
  'src/protocol/master-packets.ts',
  'src/state/encoder/oddness.ts',
  'src/state/encoder/resume.ts',
  'src/state/encoder/watching.ts',
  'src/state/mirror/mirror-reconcile.ts',
  'src/state/mirror/mirror-watch.ts',
  'src/state/tracking/tracked-map.ts',
  'src/state/tracking/tracked-record.ts',
]

/** Exported names that stand in several files. */
export const NAMES_TWICE: readonly string[] = [
  'WaitSettings',
  'encodePayload',
  'Fields',
  'u8',
  'f64',
  'text',
  'bool',
  'struct',
  'optional',
  'list',
  'putEntry',
  'Key',
]

/** Functions of more than 70 lines, by file and name. */
export const LONG_FUNCTIONS: readonly string[] = ['src/client/channel-link.ts newClientLink']

export function assertOnlyKnown(
  found: readonly string[],
  known: readonly string[],
  tell: (each: string) => string,
  sentence: string,
): void {
  assertNone(
    [
      ...found.filter((each) => !known.includes(each)).map(tell),
      ...known
        .filter((each) => !found.includes(each))
        .map((each) => `${each} is mended: remove it from the known ones`),
    ],
    sentence,
  )
}

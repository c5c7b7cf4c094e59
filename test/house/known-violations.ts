/**
 * What breaks a rule of the house and is known. The lists only shrink: a new violation fails its test, and so does an entry
 * that is not needed any more.
 */
import { assertNone } from '../support/findings.js'

/** Files that import each other in a circle, types included. */
export const CIRCLES: readonly string[] = [
  'src/back/session.ts src/back/tasks.ts',
  'src/front/local/local-link.ts src/front/local/local-session.ts',
  'src/front/relay/back-peer.ts src/front/relay/channel-mirror.ts',
  'src/front/relay/back-peer.ts src/front/relay/front-core.ts',
  'src/front/relay/channel-mirror.ts src/front/relay/relayed-link.ts',
  'src/front/relay/front-core.ts src/front/relay/relayed-session.ts',
  'src/gateway/client-socket.ts src/gateway/gateway-core.ts',
]

/** Files that are called after none of their exports. */
export const OTHER_MAIN_EXPORT: readonly string[] = [
  'src/back/opening.ts',
  'src/back/peer-address.ts',
  'src/client/channel-link.ts',
  'src/client/processor.ts',
  'src/client/wait.ts',
  'src/client/web-socket.ts',
  'src/front/local/sendable.ts',
  'src/front/local/wait-limit.ts',
  'src/gateway/handshake.ts',
  'src/gateway/web-socket-frame.ts',
  'src/protocol/frame-pack.ts',
  'src/protocol/frame-types.ts',
  'src/protocol/link-frames.ts',
  'src/protocol/master-frames.ts',
  'src/protocol/master-packets.ts',
  'src/state/mirror-reconcile.ts',
  'src/state/mirror-watch.ts',
  'src/state/shape-code-general.ts',
]

/** Exported names that stand in several files. */
export const NAMES_TWICE: readonly string[] = ['WaitSettings', 'Listeners', 'encodePayload', 'waitFor', 'Fields']

/** Functions of more than 70 lines, by file and name. */
export const LONG_FUNCTIONS: readonly string[] = [
  'src/back/back-channel.ts BackChannel',
  'src/client/channel-link.ts newClientLink',
  'src/client/connection.ts newConnection',
  'src/client/links.ts newLinks',
  'src/client/processor.ts newProcessorSwitch',
  'src/client/wire.ts openWire',
  'src/session/inbound.ts newInbound',
  'src/session/link-end.ts newLinkEnd',
  'src/session/outbound.ts newOutbound',
  'src/state/shape-source.ts shapeSource',
]

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

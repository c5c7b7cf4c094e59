/** Frames, limits and close codes, for authors of other clients and links. The bytes are in docs/protocol.md. */
export {
  makeKeyframe,
  makeSharedBlock,
  joinTurns,
  readEvents,
  readKeyframe,
  readSharedBlock,
  readTurns,
  type Keyframe,
  type SharedBlock,
  type SharedEvent,
} from './blocks.js'
export { CHANNEL_ID_LENGTH_MAX, channelId, isChannelId } from './channel-id.js'
export {
  decodeClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  encodeFrontFrame,
  type ClientFrame,
  type FrontFrame,
} from './client-frames.js'
export { CentrumError, isRetryable, type ErrorCode } from './errors.js'
export { packFrames, unpackFrames } from './pack-frames.js'
export { FRAME_BYTES as FRAME } from './frame-bytes.js'
export { ENTRY, FEATURES, ITEM, SENDER_KIND, VERSION_MAX, VERSION_MIN } from './frame-types.js'
export {
  makeAnswer,
  makeFailure,
  makeItems,
  makeNamed,
  makeProcessorItem,
  makeCancelled,
  readAnswer,
  readFailure,
  readItems,
  readNamed,
  readProcessorItem,
  readCancelled,
  type Entry,
  type Item,
  type LinkedState,
  type LinkPast,
  type LinkRequest,
} from './link-frames.js'
export {
  decodeToBack,
  decodeToFront,
  encodeToBack,
  encodeToFront,
  type Identity,
  type ToBackFrame,
  type ToFrontFrame,
} from './master-frames.js'
export { sameOrigin, type Origin } from './origin.js'
export { closeCodeOf, REASONS, reasonOf, reasonOfCloseCode, type Reason } from './reasons.js'
export { DecodeError } from '../value/decode-error.js'
export { decodeValue } from '../value/decode-value.js'
export { EncodeError } from '../value/encode-error.js'
export { encodeValue } from '../value/encode-value.js'

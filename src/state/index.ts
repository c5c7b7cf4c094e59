/** `centrum/state`: keyframes and patches of plain objects. */
export { canonical } from './canonical.js'
export { compressKeyframe, decompressKeyframe } from './compress-keyframe.js'
export { type ChangeHandlers } from './mirror-watch.js'
export { plainCopy } from './plain-copy.js'
export { StateEncoder, type StateEncoderOptions } from './state-encoder.js'
export { StateMirror } from './state-mirror.js'
export {
  any,
  bool,
  bytes,
  f32,
  f64,
  type FieldType,
  i8,
  i16,
  i32,
  list,
  optional,
  range,
  record,
  type StateOf,
  struct,
  text,
  u8,
  u16,
  u32,
} from './struct.js'
export { DecodeError } from '../value/decode-error.js'
export { EncodeError } from '../value/encode-error.js'
export type { Value } from '../value/value.js'

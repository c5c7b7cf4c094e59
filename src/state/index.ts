/** `centrum/state`: keyframes and patches of plain objects. */
export { canonical } from './format/canonical.js'
export { compressKeyframe, decompressKeyframe } from './format/compress-keyframe.js'
export { plainCopy } from './format/plain-copy.js'
export { type ChangeHandlers } from './mirror/watch.js'
export { StateMirror } from './mirror/state-mirror.js'
export { StateEncoder, type StateEncoderOptions } from './encoder/state-encoder.js'
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
  map,
  optional,
  range,
  record,
  type StateOf,
  struct,
  text,
  u8,
  u16,
  u32,
} from './schema/struct.js'
export { DecodeError } from '../value/decode-error.js'
export { EncodeError } from '../value/encode-error.js'
export type { Value } from '../value/value.js'

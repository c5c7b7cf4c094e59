/** `centrum/state`: keyframes and patches of plain objects. */
export { canonical } from './canonical.js'
export { StateEncoder } from './state-encoder.js'
export { StateMirror } from './state-mirror.js'
export { DecodeError } from '../value/decode-error.js'
export { EncodeError } from '../value/encode-error.js'
export type { Value } from '../value/value.js'

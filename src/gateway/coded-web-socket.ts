/**
 * A WebSocket of `ws` that closes with the project's codes where `ws` itself finds something wrong: a client then reads from the
 * code whether dialling again makes sense, as it does everywhere else.
 */
import { WebSocket } from 'ws'
import { closeCodeOf, type Reason } from '../protocol/reasons.js'

const REASON_OF_CODE: ReadonlyMap<number, Reason> = new Map([
  [1002, 'protocol-error'],
  [1003, 'protocol-error'],
  [1007, 'protocol-error'],
  [1008, 'protocol-error'],
  [1009, 'too-large'],
])

export class CodedWebSocket extends WebSocket {
  override close(code?: number, data?: string | Buffer): void {
    const reason = code === undefined ? undefined : REASON_OF_CODE.get(code)
    super.close(reason === undefined ? code : closeCodeOf(reason), data)
  }
}

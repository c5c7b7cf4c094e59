/** Another channel of the same back, as a handler speaks to it: at most once, and by a copy of what is said. */
import type { ChannelAddress } from '../channel/context.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Log } from '../runtime/runtime.js'
import { decodeValue } from '../value/decode-value.js'
import { encodeValue } from '../value/encode-value.js'
import type { BackChannel } from './back-channel.js'

/** `reach` opens the addressed channel if need be; it throws a `CentrumError` where that cannot be. */
export function addressOf(
  fromId: string,
  id: string,
  reach: () => BackChannel,
  log: Log,
): Pick<ChannelAddress, 'id' | 'send' | 'request'> {
  const identity: Identity = {
    senderKind: 'channel',
    sessionId: fromId,
    userId: '',
    data: encodeValue(null),
    tokenGeneration: 0,
  }
  return {
    id,
    send(name: string, ...payload: unknown[]): void {
      const bytes = encodeValue(payload[0])
      const said = { identity, request: false, name, payload: bytes }
      const taken = reach().say({
        ...said,
        settle: (outcome) => {
          if (!outcome.ok) log.warn('channel.send-failed', { to: id, message: name, error: String(outcome.error) })
        },
      })
      if (!taken) log.warn('channel.send-dropped', { to: id, message: name })
    },
    request(name: string, ...input: unknown[]): Promise<never> {
      return new Promise((resolve, reject) => {
        const payload = encodeValue(input[0])
        const taken = reach().say({
          identity,
          request: true,
          name,
          payload,
          settle: (outcome) => {
            if (outcome.ok) resolve(decodeValue(encodeValue(outcome.value)) as never)
            else reject(outcome.error instanceof Error ? outcome.error : new Error(String(outcome.error)))
          },
        })
        if (!taken)
          reject(
            new CentrumError(
              'overflow',
              `channel '${id}' has too many words of others waiting (saidWaitingMax), or is closing`,
            ),
          )
      })
    },
  }
}

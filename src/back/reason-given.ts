/** What an application's code gives to a call, whatever its types say: read, or refused at the call. */
import { describeValue } from '../options/describe-value.js'
import { WrongCall } from './wrong-call.js'

/** Characters of a reason that is sent to clients; the rest is cut off. */
const REASON_LENGTH_MAX = 1_000

/** A reason that was given in words; `fallback` where none was. Throws a `WrongCall`. */
export function reasonGiven(call: string, reason: unknown, fallback: string): string {
  if (reason === undefined) return fallback
  if (typeof reason === 'string') return reason.slice(0, REASON_LENGTH_MAX)
  throw new WrongCall('invalid', `${call} got ${describeValue(reason)} as the reason. It must be a string.`)
}

/** The ids of clients, of one or several. Throws a `WrongCall`. */
export function idsGiven(call: string, clients: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(clients) ? clients : [clients]
  return list.map((client) => {
    const id = typeof client === 'object' && client !== null && 'id' in client ? client.id : undefined
    if (typeof id === 'string') return id
    throw new WrongCall('invalid', `${call} got ${describeValue(client)}. Give a client, or an object with its id.`)
  })
}

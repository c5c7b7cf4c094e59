/**
 * Checks what a front and its own clients send before it is sent: the name against the app's definitions, and that the payload can be
 * encoded. The back checks schemas. Knows nothing of links.
 */
import type { App } from '../../channel/app.js'
import { didYouMean } from '../../options/closest-name.js'
import type { ChannelContract } from '../../channel/channel-contract.js'
import { CentrumError } from '../../protocol/errors.js'
import { encodeWithin } from '../../value/encode-within.js'
import { TooManyBytes } from '../../value/too-many-bytes.js'

/** Throws a `CentrumError`: `not-declared`, or `not-permitted` for what only clients send. */
export function expectMessage(contract: ChannelContract, where: string, name: string): void {
  const message = contract.messages.get(name)
  if (message === undefined) throw notDeclared('message', where, name, contract.messages.keys())
  if (message.kind !== 'plain') return
  throw new CentrumError(
    'not-permitted',
    `${where}: '${name}' is a message for clients. A front may send only what is declared internal(…) or broadcastable(…).`,
  )
}

/** Throws a `CentrumError`: `not-declared`, or `not-permitted` for what only clients request. */
export function expectRequest(contract: ChannelContract, where: string, name: string): void {
  const request = contract.requests.get(name)
  if (request === undefined) throw notDeclared('request', where, name, contract.requests.keys())
  if (request.kind !== 'plain') return
  throw new CentrumError(
    'not-permitted',
    `${where}: '${name}' is a request for clients. A front may make only requests declared internal(…).`,
  )
}

/** A message to all open channels: some channel of the app must take it from fronts. */
export function expectBroadcast(app: App, where: string, name: string): void {
  const names = new Set<string>()
  let plain = false
  for (const { contract } of app.channels.values()) {
    for (const [each, { kind }] of contract.messages) {
      if (kind !== 'plain') names.add(each)
      else if (each === name) plain = true
    }
  }
  if (names.has(name)) return
  if (!plain) throw notDeclared('message', where, name, names)
  throw new CentrumError(
    'not-permitted',
    `${where}: '${name}' can be sent only to one channel. To broadcast it, declare it internal(…) or broadcastable(…).`,
  )
}

/** A client's message: declared by some channel of the app, and not internal everywhere. */
export function expectClientMessage(app: App, where: string, name: string): void {
  const names = new Set<string>()
  for (const { contract } of app.channels.values())
    for (const [each, { kind }] of contract.messages) if (kind !== 'internal') names.add(each)
  if (!names.has(name)) throw notDeclared('message', where, name, names)
}

/** A client's request: declared by the channel of this id, and not internal. */
export function expectClientRequest(app: App, channelId: string, where: string, name: string): void {
  const requests = app.match(channelId)?.implementation.contract.requests
  const request = requests?.get(name)
  if (request === undefined) throw notDeclared('request', where, name, requests?.keys() ?? [])
  if (request.kind !== 'internal') return
  throw new CentrumError('not-permitted', `${where}: '${name}' is declared internal(…), so clients may not send it.`)
}

/** The payload as bytes. Throws a `CentrumError` `not-encodable` with the path, or `too-large`. */
export function encodeOwnPayload(where: string, payload: unknown, payloadBytesMax: number): Uint8Array {
  try {
    return encodeWithin(payload, payloadBytesMax)
  } catch (error) {
    if (error instanceof TooManyBytes) {
      throw new CentrumError(
        'too-large',
        `${where}: the payload has ${error.message}, the limit is ${payloadBytesMax} (payloadBytesMax).`,
      )
    }
    throw new CentrumError('not-encodable', `${where}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function notDeclared(what: string, where: string, name: string, known: Iterable<string>): CentrumError {
  const names = [...known]
  const there = names.length === 0 ? 'There are none.' : `There are: ${names.join(', ')}.`
  return new CentrumError('not-declared', `${where}: there is no ${what} '${name}'.${didYouMean(name, names)} ${there}`)
}

/**
 * Programs with one mistake each, and what the compiler's message must name for its reader to find it.
 */

export interface WrongProgram {
  readonly title: string
  readonly text: string
  /** What the first line of the message must match. */
  readonly message: RegExp
}

const SERVER = `
import { broadcastable, defineApp, defineChannel, internal, unchecked } from '../../test/types/fixtures/centrum.js'
import { z } from 'zod'
`

const CLIENT = `
import { connect } from '../../test/types/fixtures/centrum-client.js'
import type app from '../../test/types/fixtures/app.js'
const connection = connect<typeof app>('ws://localhost')
const arena = await connection.link('arena/1', { options: { team: 'red' } })
`

export const WRONG_PROGRAMS: readonly WrongProgram[] = [
  {
    title: 'an id that no pattern matches: all ids are named',
    text: `${CLIENT} await connection.link('arna/1', { options: { team: 'red' } })`,
    message: /Argument of type '"arna\/1"' is not assignable to parameter of type '"lobby" \| `arena\/\$\{string\}`'/,
  },
  {
    title: 'an id with a part too many: the id is named',
    text: `${CLIENT} await connection.link('arena/1/2')`,
    message: /'"no channel of the app has the id arena\/1\/2"'/,
  },
  {
    title: 'a misspelt message: those that there are are named',
    text: `${CLIENT} arena.send('mvoe', { dx: 1, dy: 0 })`,
    message: /Argument of type '"mvoe"' is not assignable to parameter of type '"move" \| "shout"'/,
  },
  {
    title: 'an internal message from a client: those that it may send are named',
    text: `${CLIENT} arena.send('credited', 5)`,
    message: /Argument of type '"credited"' is not assignable to parameter of type '"move" \| "shout"'/,
  },
  {
    title: 'a payload of another type: both types are named',
    text: `${CLIENT} arena.send('move', { dx: '1', dy: 0 })`,
    message: /Type 'string' is not assignable to type 'number'/,
  },
  {
    title: 'options left out of the settings: the property and its type are named',
    text: `${CLIENT} await connection.link('arena/1', {})`,
    message:
      /Property 'options' is missing in type '\{\}' but required in type 'LinkSettingsWithOptions<\{ team: string; \}>'/,
  },
  {
    title: 'a message to the processor that no channel has: those that there are are named',
    text: `${CLIENT} connection.send('mvoe', { dx: 1, dy: 0 })`,
    message: /parameter of type '"move" \| "say" \| "shout" \| "wave"'/,
  },
  {
    title: 'a write to state: the property is named',
    text: `${CLIENT} for (const player of Object.values(arena.state.players)) player.x = 1`,
    message: /Cannot assign to 'x' because it is a read-only property/,
  },
  {
    title: 'a misspelt event: those that there are are named',
    text: `${CLIENT} arena.on('bom', () => {})`,
    message: /Argument of type '"bom"' is not assignable to parameter of type '"boom" \| StatePath'/,
  },
  {
    title: 'a path that leads nowhere: that is said',
    text: `${CLIENT} arena.on(['playrs'], {})`,
    message: /nothing lies at this path of the state/,
  },
  {
    title: 'a write to a snapshot: the property is named',
    text: `${CLIENT} for (const player of Object.values(arena.snapshot().players)) player.x = 1`,
    message: /Cannot assign to 'x' because it is a read-only property/,
  },
  {
    title: 'a misspelt option of a definition: it is named',
    text: `${SERVER} defineChannel({ state: () => ({}), tickMS: 5 })`,
    message: /'tickMS' does not exist in type/,
  },
  {
    title: 'a message without a handler: it is named',
    text: `${SERVER} defineChannel({ state: () => ({}), messages: { push: z.number(), pull: z.number() } }).implement({
      onMessage: { push() {} },
    })`,
    message: /Property 'pull' is missing in type '\{ push\(\): void; \}'/,
  },
  {
    title: 'a handler without a request: it is named',
    text: `${SERVER} defineChannel({ state: () => ({}), requests: { buy: { input: z.number() } } }).implement({
      onRequest: { buy: () => 1, sell: () => 1 },
    })`,
    message: /"the definition declares no request 'sell'"/,
  },
  {
    title: 'a state that is a promise: what to do instead is said',
    text: `${SERVER} defineChannel({ state: async () => ({ n: 0 }) })`,
    message: /Promise<\{ n: number; \}>/,
  },
  ...[
    ['a Date', '{ players: Record<string, { since: Date }> }', "'since' is a Date, use milliseconds"],
    ['a Set', '{ players: Map<string, { tags: Set<string> }> }', "'tags' is a Set, use a Map or a list"],
    ['a promise', '{ list: Promise<number>[] }', "'list' is a promise, await it before it becomes state"],
    ['a Map by objects', '{ seen: Map<object, number> }', "the keys of 'seen' are neither strings nor numbers"],
    ['a bigint that may be missing', '{ score?: bigint }', "'score' is a bigint, use a number or a string"],
  ].map(([what, state, message]) => ({
    title: `a state with ${what}: it is named, with what to use`,
    text: `${SERVER} const room = defineChannel({ state: (): ${state} => { throw new Error() } }).implement({})
    defineApp({ channels: { room } })`,
    message: new RegExp(`the state of this channel cannot hold all that it declares: ${message}`),
  })),
  {
    title: 'a memory with a Date: it is named, with what to use',
    text: `${SERVER} const room = defineChannel({ state: () => ({}), memory: () => ({ at: new Date() }) }).implement({})
    defineApp({ channels: { room } })`,
    message: /the memory of this channel cannot hold all that it declares: 'at' is a Date, use milliseconds/,
  },
  {
    title: 'a pattern without the part that params need: both are named',
    text: `${SERVER} const room = defineChannel({ state: () => ({}), params: z.object({ id: z.string() }) }).implement({})
    defineApp({ channels: { 'room/:name': room } })`,
    message: /the params schema of this channel needs 'id', which the pattern 'room\/:name' does not have/,
  },
  {
    title: 'params that take no string: the part is named',
    text: `${SERVER} const room = defineChannel({ state: () => ({}), params: z.object({ id: z.number() }) }).implement({})
    defineApp({ channels: { 'room/:id': room } })`,
    message: /the params schema of this channel must take a string as 'id'/,
  },
  {
    title: 'no authenticate where data is declared: it is named',
    text: `${SERVER} const room = defineChannel({ state: () => ({}), data: unchecked<{ name: string }>() }).implement({})
    defineApp({ channels: { room } })`,
    message: /Property 'authenticate' is missing/,
  },
  {
    title: 'data that authenticate does not deliver: it is named',
    text: `${SERVER} const room = defineChannel({ state: () => ({}), data: unchecked<{ name: string }>() }).implement({})
    defineApp({ channels: { room }, authenticate: () => ({ userId: 'u', data: { age: 36 } }) })`,
    message: /'age' does not exist in type '\{ name: string; \}'|Property 'name' is missing/,
  },
  {
    title: 'a count that a connection does not have, read with a default: it is named',
    text: `${CLIENT} export const { relinksWaiting = 0 } = connection.inspect()`,
    message: /Property 'relinksWaiting' does not exist on type 'ConnectionInspection'/,
  },
  {
    title: 'a count that a back does not have, read with a default: it is named',
    text: `import type { BackInspection } from '../../src/index.js'
    export const read = ({ requests = 0 }: BackInspection) => requests`,
    message: /Property 'requests' does not exist on type 'BackInspection'/,
  },
  {
    title: 'a count that a front does not have, read with a default: it is named',
    text: `import type { FrontInspection } from '../../src/index.js'
    export const read = ({ links: { sleeping = 0 } }: FrontInspection) => sleeping`,
    message: /Property 'sleeping' does not exist on type/,
  },
]

/** The options of `defineChannel` and `defineApp`. What their values do, masters know. */
import { CHOICE, NUMBER, OBJECT, TEXT } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import type { OptionTable } from '../options/option-table.js'
import type { Authenticate, Place, Revalidate } from './app.js'
import type { ChannelContract } from './channel-contract.js'
import { isSchema } from './schema.js'

/** The longest time that timers can measure: 2^31 - 1 ms, almost 25 days. */
const TIMER_MS_MAX = 2_147_483_647
const MS = { ...NUMBER, max: TIMER_MS_MAX, unit: 'ms', fraction: true } as const
/** A schema as an option, without its description. */
export const SCHEMA_KIND = {
  ...OBJECT,
  is: isSchema,
  expected:
    'a schema (zod, valibot, arktype, or any with the Standard Schema interface; unchecked<T>() declares without checking)',
} as const
const BY_NAME = {
  ...OBJECT,
  is: isRecord,
  expected: 'an object with a property for each name',
} as const

export const CHANNEL_OPTIONS = {
  state: {
    ...OBJECT,
    is: (value: unknown): value is ChannelContract['state'] => typeof value === 'function',
    expected: 'a function that makes the state of a new channel, such as () => ({ players: {} })',
    required: 'Give a function that makes the state of a new channel, such as () => ({ players: {} }).',
    description: 'Makes the state of a new channel: plain, mutable, and made of what can be encoded.',
  },
  shape: {
    ...OBJECT,
    is: isShape,
    expected:
      'a struct, record or list of centrum/state, such as struct({ players: record(struct({ x: f32, y: f32 })) })',
    description: 'What the state is made of, by `struct`, `record` and the others of `centrum/state`.',
  },
  params: { ...SCHEMA_KIND, description: 'Checks and converts the parts of the id. They are strings without it.' },
  data: {
    ...SCHEMA_KIND,
    description: "What the channel needs to know of a client, which the app's `authenticate` delivers.",
  },
  options: { ...SCHEMA_KIND, description: 'What a client says when it links.' },
  messages: { ...BY_NAME, description: 'What clients send: a schema for each name.' },
  requests: { ...BY_NAME, description: 'What clients ask: `{ input, output? }` for each name, each a schema.' },
  events: { ...BY_NAME, description: 'What the channel sends: a schema for each name.' },
  handover: { ...SCHEMA_KIND, description: 'What `transfer` brings along.' },
  timers: { ...BY_NAME, description: 'What `ctx.after` and `ctx.every` set: a schema for each name.' },
  memory: {
    ...OBJECT,
    is: (value: unknown): value is NonNullable<ChannelContract['memory']> => typeof value === 'function',
    expected: 'a function that makes the memory of a new channel, such as () => ({ hidden: new Map() })',
    description:
      "Makes `ctx.memory` of a new channel: the server's own, of the same kinds of values as the state, and never sent.",
  },
  local: {
    ...SCHEMA_KIND,
    description: 'The type of `ctx.local`, whatever the process keeps for the channel. It is not checked.',
  },
  tickMs: { ...MS, min: 0, default: 50, description: 'Time between turns. 0: a turn as soon as there is input.' },
  dtMsMax: {
    ...MS,
    min: 1,
    description:
      'The most that `onTick` gets for `dtMs`: after a pause of the process the time beyond it is left out, so that nothing moves by seconds in one step. Twice `tickMs` without it, at least 1,000.',
  },
  writers: {
    ...CHOICE,
    choices: ['linked', 'processor'],
    default: 'linked',
    description: 'Who may send: each linked client, or only those whose processor the channel is.',
  },
  durability: {
    ...CHOICE,
    choices: ['none', 'snapshot', 'log'],
    default: 'none',
    description:
      'What outlives the owner: nothing, a snapshot now and then, or every turn, which is stored before anyone is shown it.',
  },
  snapshotMs: {
    ...MS,
    min: 1,
    default: 5_000,
    description: "How old the stored image of a channel with `durability: 'snapshot'` may get.",
  },
  stateVersion: {
    ...NUMBER,
    min: 1,
    max: 2 ** 32,
    unit: 'count',
    default: 1,
    description: 'Of state and memory. What was stored under another one goes through `migrate`.',
  },
  migrate: {
    ...OBJECT,
    is: (value: unknown): value is NonNullable<ChannelContract['migrate']> => typeof value === 'function',
    expected: 'a function (old, from) => ({ state, memory })',
    description: 'Makes state and memory of what was stored under an older `stateVersion`.',
  },
  idleMs: {
    ...MS,
    min: 0,
    description:
      'Time without links after which the channel closes; one that is stored sleeps then. 60,000 for those, and never for others, without it.',
  },
  graceMs: {
    ...MS,
    min: 0,
    description: "How long a session that lost contact is waited for. The back's `graceMs` without it.",
  },
  handlerMsMax: { ...MS, min: 1, default: 10_000, description: 'How long a handler may take.' },
  linksMax: {
    ...NUMBER,
    min: 1,
    max: 2 ** 32,
    unit: 'count',
    description:
      'Seats: how many clients are linked at once, those in grace and those whose `onLink` runs among them. One more is refused with `too-many`.',
  },
  channelsMax: {
    ...NUMBER,
    min: 1,
    max: 2 ** 32,
    unit: 'count',
    default: 100_000,
    description: 'Channels of this definition that one back holds open at once.',
  },
  timersMax: {
    ...NUMBER,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    default: 1_000,
    description: 'Timers that a channel has at once; `ctx.after` and `ctx.every` throw `buffer-full` for one more.',
  },
  rewindMsMax: {
    ...MS,
    min: 1,
    max: 5_000,
    description:
      'How far back `ctx.rewind` goes. The states of that time are kept, and each message says what its client was shown. Without it there is no `ctx.rewind`.',
  },
} as const satisfies OptionTable

export const APP_DECLARATION_OPTIONS = {
  channels: {
    ...BY_NAME,
    required: "Give it implementations by pattern: { 'arena/:id': arena }.",
    description: 'Implementations by pattern: `lobby`, `arena/:id`, `world/*`.',
  },
  sessions: {
    ...CHOICE,
    choices: ['many', 'onePerUser'],
    default: 'many',
    description: 'What a second tab of a user is: a client of its own, or the one that replaces the first.',
  },
  name: {
    ...TEXT,
    value: 'name',
    description:
      'What resume tokens are bound to. Give each app that shares a key with others a name of its own; a new name ends all sessions.',
  },
  revalidate: {
    ...OBJECT,
    is: (value: unknown): value is Revalidate => typeof value === 'function',
    expected: 'a function that returns the data of a client',
    description:
      'Asked with userId and data at each resume whether the client is still let in: returns its data as it is now, or throws `AuthenticationRefused`.',
  },
  place: {
    ...OBJECT,
    is: (value: unknown): value is Place => typeof value === 'function',
    expected: 'a function that returns one of the backs it is given',
    description:
      'Chooses where a channel opens that nobody has, in a cluster whose backs come and go: `(channel, backs) => back`, or its id. The cluster goes by names and weights without it, and takes of two candidates the less loaded.',
  },
  authenticate: {
    ...OBJECT,
    is: (value: unknown): value is Authenticate => typeof value === 'function',
    expected: 'a function that returns { userId, data }',
    description: 'Says who a client is. Each client is a user of its own without it.',
  },
} as const satisfies OptionTable

function isShape(value: unknown): value is NonNullable<ChannelContract['shape']> {
  return isRecord(value) && ['struct', 'record', 'list', 'any'].includes(String(value['check'])) && 'kind' in value
}

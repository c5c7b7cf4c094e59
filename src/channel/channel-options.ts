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
    description: 'Creates the state of a new channel: a plain, mutable object of values that can be encoded.',
  },
  shape: {
    ...OBJECT,
    is: isShape,
    expected:
      'a struct, record or list of centrum/state, such as struct({ players: record(struct({ x: f32, y: f32 })) })',
    description: 'The declared types of the state, built with `struct`, `record` and others from `centrum/state`.',
  },
  params: {
    ...SCHEMA_KIND,
    description: 'Checks and converts the variable parts of the id. If left out, they are strings.',
  },
  data: {
    ...SCHEMA_KIND,
    description: "What the channel needs to know about a client; the app's `authenticate` must provide it.",
  },
  options: { ...SCHEMA_KIND, description: 'What a client sends along when it links.' },
  messages: { ...BY_NAME, description: 'What clients send without expecting an answer: a schema for each name.' },
  requests: {
    ...BY_NAME,
    description: 'What clients send and get an answer to: `{ input, output? }` for each name, each a schema.',
  },
  events: { ...BY_NAME, description: 'What the channel sends to clients: a schema for each name.' },
  handover: { ...SCHEMA_KIND, description: 'The data that `transfer` passes along with a client.' },
  timers: { ...BY_NAME, description: 'The timers that `ctx.after` and `ctx.every` set: a schema for each name.' },
  memory: {
    ...OBJECT,
    is: (value: unknown): value is NonNullable<ChannelContract['memory']> => typeof value === 'function',
    expected: 'a function that makes the memory of a new channel, such as () => ({ hidden: new Map() })',
    description:
      "Creates `ctx.memory` for a new channel: the server's private data, of the same kinds of values as state, never sent to clients.",
  },
  local: {
    ...SCHEMA_KIND,
    description: 'The type of `ctx.local`: anything that the process holds for the channel. It is not checked.',
  },
  tickMs: { ...MS, min: 0, default: 50, description: 'Time between turns. 0: a turn as soon as there is input.' },
  dtMsMax: {
    ...MS,
    min: 1,
    description:
      'The greatest `dtMs` that `onTick` gets: after a pause of the process the time beyond it is left out, so that nothing moves by seconds in one step. If left out, twice `tickMs`, at least 1,000.',
  },
  writers: {
    ...CHOICE,
    choices: ['linked', 'processor'],
    default: 'linked',
    description: 'Who may send messages: every linked client, or only clients whose processor this channel is.',
  },
  durability: {
    ...CHOICE,
    choices: ['none', 'snapshot', 'log'],
    default: 'none',
    description:
      "What is stored, so that it survives the owner's death: nothing, a snapshot at intervals, or every turn, before anyone sees it.",
  },
  snapshotMs: {
    ...MS,
    min: 1,
    default: 5_000,
    description: "How old the stored image of a channel with `durability: 'snapshot'` may become.",
  },
  stateVersion: {
    ...NUMBER,
    min: 1,
    max: 2 ** 32,
    unit: 'count',
    default: 1,
    description:
      'The version of the form of state and memory. What was stored with another version goes through `migrate`.',
  },
  migrate: {
    ...OBJECT,
    is: (value: unknown): value is NonNullable<ChannelContract['migrate']> => typeof value === 'function',
    expected: 'a function (old, from) => ({ state, memory })',
    description: 'Converts state and memory that were stored with an older `stateVersion`.',
  },
  idleMs: {
    ...MS,
    min: 0,
    description:
      'Time without links after which the channel closes; a durable channel goes to sleep. If left out, 60,000 for durable channels, and never for others.',
  },
  graceMs: {
    ...MS,
    min: 0,
    description: "How long the channel waits for a session that lost contact. If left out, the back's `graceMs`.",
  },
  handlerMsMax: { ...MS, min: 1, default: 10_000, description: 'How long a handler may take.' },
  linksMax: {
    ...NUMBER,
    min: 1,
    max: 2 ** 32,
    unit: 'count',
    description:
      'Seats: how many clients may be linked at once, including those in their grace period and those whose `onLink` is running. One more is refused with `too-many`.',
  },
  channelsMax: {
    ...NUMBER,
    min: 1,
    max: 2 ** 32,
    unit: 'count',
    default: 100_000,
    description: 'How many channels of this definition one back may have open at once.',
  },
  timersMax: {
    ...NUMBER,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    default: 1_000,
    description:
      'How many timers a channel may have at once; for one more, `ctx.after` and `ctx.every` throw `buffer-full`.',
  },
  rewindMsMax: {
    ...MS,
    min: 1,
    max: 5_000,
    description:
      'How far back `ctx.rewind` can go: recent states are kept that long, and each message says what its client was shown. If left out, `ctx.rewind` is not available.',
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
    description:
      'Whether a second tab of the same user is a client of its own (`many`), or replaces the first (`onePerUser`).',
  },
  name: {
    ...TEXT,
    value: 'name',
    description:
      'The name that resume tokens are bound to. Give apps that share a key different names; a new name ends all sessions.',
  },
  revalidate: {
    ...OBJECT,
    is: (value: unknown): value is Revalidate => typeof value === 'function',
    expected: 'a function that returns the data of a client',
    description:
      'Called with userId and data each time a session resumes: returns the up-to-date data of the client, or throws `AuthenticationRefused`.',
  },
  place: {
    ...OBJECT,
    is: (value: unknown): value is Place => typeof value === 'function',
    expected: 'a function that returns one of the backs it is given',
    description:
      'In a dynamic cluster: chooses the back for a new channel, `(channel, backs) => back`, or its id. If left out, names and weights determine two candidates, of which the less loaded back is used.',
  },
  authenticate: {
    ...OBJECT,
    is: (value: unknown): value is Authenticate => typeof value === 'function',
    expected: 'a function that returns { userId, data }',
    description: 'Determines who a client is. If left out, each client is a user of its own.',
  },
} as const satisfies OptionTable

function isShape(value: unknown): value is NonNullable<ChannelContract['shape']> {
  return isRecord(value) && ['struct', 'record', 'list', 'any'].includes(String(value['check'])) && 'kind' in value
}

/** `centrum store`: looks at a store that no master has open, takes channels out of it and puts them in. JSON out. */
import { readFileSync } from 'node:fs'
import { TEXT } from '../options/option-kinds.js'
import { readChannelDocument, writeChannelDocument } from '../store/channel-document.js'
import type { StoreAdmin } from '../store/store.js'
import { defineCommand } from './command.js'
import { didYouMean } from '../options/closest-name.js'
import type { Terminal } from './terminal.js'
import { EXIT_FAILURE, UsageError } from './usage-error.js'

/** How many channels are listed at once. */
const CHANNELS_LISTED = 256

interface StoreTask {
  readonly admin: StoreAdmin
  /** What the action is done to: a channel or a file. */
  readonly object: string
  readonly terminal: Terminal
}

interface StoreAction {
  /** What stands behind the action, where something does. */
  readonly takes?: 'channel' | 'file'
  /** Resolves with the exit code. */
  readonly run: (task: StoreTask) => Promise<number>
}

const ACTIONS: Readonly<Record<string, StoreAction>> = {
  check: {
    async run({ admin, terminal }) {
      const problems = await admin.check()
      terminal.say(JSON.stringify({ ok: problems.length === 0, problems }))
      return problems.length === 0 ? 0 : EXIT_FAILURE
    },
  },
  list: {
    async run({ admin, terminal }) {
      for (let after = ''; ;) {
        const channels = await admin.list(after, CHANNELS_LISTED)
        for (const channel of channels) terminal.say(JSON.stringify(channel))
        after = channels.at(-1)?.channelId ?? ''
        if (channels.length < CHANNELS_LISTED) return 0
      }
    },
  },
  export: {
    takes: 'channel',
    async run({ admin, object, terminal }) {
      const channel = await admin.export(object)
      if (channel === null) return missing(terminal, object)
      terminal.say(JSON.stringify(writeChannelDocument(channel)))
      return 0
    },
  },
  import: {
    takes: 'file',
    async run({ admin, object, terminal }) {
      const channel = readChannelDocument(readJson(object))
      await admin.import(channel)
      terminal.say(JSON.stringify({ imported: channel.channelId }))
      return 0
    },
  },
  remove: {
    takes: 'channel',
    async run({ admin, object, terminal }) {
      if (!(await admin.remove(object))) return missing(terminal, object)
      terminal.say(JSON.stringify({ removed: object }))
      return 0
    },
  },
  'clear-fault': {
    takes: 'channel',
    async run({ admin, object, terminal }) {
      const wasFaulted = await admin.clearFault(object)
      terminal.say(JSON.stringify({ channelId: object, wasFaulted }))
      return 0
    },
  },
  'forget-key': {
    async run({ admin, terminal }) {
      await admin.forgetMember()
      terminal.say(JSON.stringify({ forgotten: true }))
      return 0
    },
  },
}

export const storeCommand = defineCommand(
  {
    name: 'store',
    summary: 'inspect a store of durable channels, and export, import or remove channels',
    usage: '<check|list|export|import|remove|clear-fault|forget-key> [channel or file]',
    description: [
      'Works on a store that no running back has open, and writes JSON.',
      'check reads everything and reports damage. list writes one line for each channel. export writes a channel as a document, and import puts such a document into a store: the channel then begins a new history, and state of an older version of the app is migrated. remove deletes a channel. ' +
        "clear-fault lets a faulted channel open again. forget-key makes the store accept the key and the cluster's list with which it is opened next.",
    ],
    examples: [
      ['centrum store list --store sqlite:data/app.db', 'every channel, one per line'],
      ['centrum store export arena/1 > arena.json', 'a channel of the store in CENTRUM_STORE'],
      ['centrum store import arena.json --store sqlite:data/other.db', 'put it into another store'],
    ],
    takes: 'any',
    options: {
      store: {
        ...TEXT,
        value: 'url',
        required: 'Name the store: --store sqlite:data/app.db.',
        description: 'The store: `sqlite:` followed by the path of its file.',
      },
    },
    limits: {},
  },
  async ({ terminal, values, args: [name = '', object = '', ...more] }) => {
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (action === undefined) throw unknownAction(name)
    const { takes } = action
    if (takes !== undefined && object === '')
      throw new UsageError(`The ${takes} is missing: centrum store ${name} <${takes}>.`)
    const tooMuch = takes === undefined ? object : more[0]
    if (tooMuch)
      throw new UsageError(
        `Unexpected argument '${tooMuch}': ${name} takes ${takes === undefined ? 'none' : `only one ${takes}`}.`,
      )
    const { storeOfUrl } = await import('../run/store-of-url.js')
    const admin = await storeOfUrl(values.store, '--store').administer()
    try {
      return await action.run({ admin, object, terminal })
    } finally {
      await admin.close()
    }
  },
)

function unknownAction(name: string): UsageError {
  const names = Object.keys(ACTIONS)
  if (name === '') return new UsageError(`The action is missing. The actions are: ${names.join(', ')}.`)
  return new UsageError(
    `centrum store has no action '${name}'. The actions are: ${names.join(', ')}.${didYouMean(name, names)}`,
  )
}

function missing(terminal: Terminal, channelId: string): number {
  terminal.complain(`centrum store: '${channelId}' is not stored. centrum store list shows the stored channels.`)
  return EXIT_FAILURE
}

function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is not JSON. Name a file that centrum store export wrote.`)
  }
}

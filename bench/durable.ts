/**
 * What it costs to keep what channels do, on SQLite and a real disk: answers, messages and rooms beside the same in memory, and how soon
 * a process is back with what it kept.
 *
 *     npm run bench -- durable [--quick] [--markdown] [--repetitions 3] [--seconds 20] [--only answers,messages,rooms,restart,sleeping,many-sleeping]
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { answers, type DurableOptions, messages } from './durable/answers.js'
import { restart, sleeping } from './durable/restart.js'
import { rooms } from './durable/rooms.js'
import { DurableSession } from './processes/durable-session.js'
import { print, type Table } from './processes/table.js'

const FULL: DurableOptions = { repetitions: 3, measureMs: 20_000, requests: 400 }
const QUICK: DurableOptions = { repetitions: 1, measureMs: 4_000, requests: 100 }

type Part = (session: DurableSession, options: DurableOptions) => Promise<Table>

const PARTS: Readonly<Record<string, Part>> = {
  answers,
  messages,
  rooms,
  restart: (session) => restart(session, 10_000),
  sleeping: (session) => sleeping(session, 10_000),
  'many-sleeping': (session) => sleeping(session, 100_000),
}

/** Only where it is asked for: to make as many takes longer than all else. */
const ON_REQUEST = 'many-sleeping'

export default async function durable(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      repetitions: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
    },
  })
  const given = values.quick ? QUICK : FULL
  const options: DurableOptions = {
    repetitions: Number(values.repetitions ?? given.repetitions),
    measureMs: values.seconds === undefined ? given.measureMs : Number(values.seconds) * 1_000,
    requests: given.requests,
  }
  const names = values.only?.split(',') ?? Object.keys(PARTS).filter((name) => name !== ON_REQUEST)
  const session = new DurableSession()
  process.stderr.write(`${cpus().length} cores, ${session.node}\n\n`)
  try {
    for (const name of names) {
      const part = PARTS[name]
      if (part === undefined) throw new Error(`--only: choose among ${Object.keys(PARTS).join(', ')}`)
      print(await part(session, options), values.markdown)
    }
  } finally {
    await session.close()
  }
}

/**
 * `npm run soak -- --minutes 10`: a real cluster on a real PostgreSQL, with 3 backs, 3 fronts and 100 clients that move money between channels
 * of different backs, while everything is killed, stopped, started again and drained at random, the database too. Then quiet, and a look
 * whether everything happened once. Options: --seed, --clients, --standby (a synchronous standby that is promoted), --logs folder.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect } from '../../src/client/node.js'
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { freePort } from '../support/postgres-node.js'
import { ensurePostgres, postgresBin } from '../support/postgres-server.js'
import { Dice } from '../support/dice.js'
import { until } from '../support/until.js'
import { ACCOUNTS, EACH, type soakApp } from './soak-app.js'
import { accountOf, type AccountLink, SoakClient } from './soak-clients.js'
import { SoakDatabase } from './soak-database.js'
import { SOAK_KEY } from './soak-process.js'
import { builtProcess, type ProcessSpec, type Role, SoakProcesses } from './soak-processes.js'

/** Backs and the database are in trouble for so long, then the fronts as well for half of it. */
const PHASE_MS = 40_000
/** How long after the last trouble of a front its sockets may still close. */
const AFTER_MS = 25_000
const QUIET_MS_MAX = 180_000
const FINDINGS_SHOWN = 20

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '100' },
    standby: { type: 'boolean', default: false },
    logs: { type: 'string', default: mkdtempSync(join(tmpdir(), 'centrum-soak-')) },
  },
})
const dice = new Dice(Number(values.seed))
const counts = { answered: 0, missed: 0, closes: 0, stalls: 0, stalledMsMax: 0, waitedMsMax: 0 }
const troubles: Record<string, number> = {}
const findings: string[] = []
let frontsTouchedAt = -Infinity

const installed = ensurePostgres()
const bin = postgresBin()
if (bin === null) {
  say(
    `The soak needs PostgreSQL: install Debian's postgresql, or name a folder with its programs in POSTGRES_BIN. ${installed ?? ''}`,
  )
  process.exit(1)
}
const database = await SoakDatabase.start(bin, values.standby)
const fronts = await Promise.all(
  [1, 2, 3].map(async (i) => ({ role: 'front', id: `front-${i}`, port: await freePort() })),
)
const specs = [...[1, 2, 3].map((i) => ({ role: 'back', id: `back-${i}`, port: 0 })), ...fronts] as ProcessSpec[]
const processes = new SoakProcesses(specs, await builtProcess(), database.url, values.logs)
const operator = postgresCluster({ url: database.url, key: SOAK_KEY, name: 'soak' })
async function soak(): Promise<void> {
  processes.startAll()
  await until('all backs are there', async () => (await operator.backs().catch(() => [])).length === 3, QUIET_MS_MAX)
  const urls = fronts.map(({ port }) => `ws://127.0.0.1:${port}`)
  const closesAreFair = (): boolean => performance.now() - frontsTouchedAt < AFTER_MS
  const host = { dice, urls, closesAreFair, findings, counts }
  frontsTouchedAt = performance.now()
  const clients = Array.from({ length: Number(values.clients) }, (_, i) => new SoakClient(`client-${i}`, host))
  await Promise.all(clients.map((client) => client.start()))
  say(`${clients.length} clients pay. Seed ${values.seed}, ${values.minutes} minutes.`)
  await trouble(performance.now() + Number(values.minutes) * 60_000)
  say('Quiet.')
  const quietAt = performance.now()
  const stuck = setTimeout(() => {
    say(`✖ not every payment was answered ${QUIET_MS_MAX} ms after the last trouble`)
    for (const finding of findings.slice(0, FINDINGS_SHOWN)) say(`✖ ${finding}`)
    process.exitCode = 1
    void processes.stop().then(() => process.exit(1))
  }, QUIET_MS_MAX)
  await Promise.all(clients.map((client) => client.finish()))
  clearTimeout(stuck)
  say(`All payments were answered ${Math.round(performance.now() - quietAt)} ms after the last trouble.`)
  await check(urls, clients)
  await Promise.all(clients.map((client) => client.close()))
}

/** One trouble after the other, some while others last. */
async function trouble(end: number): Promise<void> {
  const began = performance.now()
  let told = began
  while (performance.now() < end) {
    await pause(500 + dice.below(4_000))
    const phase = (performance.now() - began) % (1.5 * PHASE_MS + AFTER_MS)
    const kinds = phase < PHASE_MS ? BACK_TROUBLES : phase < 1.5 * PHASE_MS ? ALL_TROUBLES : []
    if (kinds.length === 0) continue
    const kind = dice.pick(kinds)
    const what = await KINDS[kind]()
    if (what) troubles[kind] = (troubles[kind] ?? 0) + 1
    if (performance.now() - told < 30_000) continue
    told = performance.now()
    say(
      `${Math.round((told - began) / 1_000)} s: ${counts.answered} answered, ${findings.length + processes.findings.length} findings`,
    )
  }
  await until('the database is there', () => database.isUp, QUIET_MS_MAX)
}

const touch = (role: Role, happen: (id: string) => void): boolean => {
  const up = processes.up(role)
  // One is left: a cluster without any shows nothing.
  if (up.length < 2) return false
  if (role === 'front') frontsTouchedAt = performance.now() + 15_000
  happen(dice.pick(up))
  return true
}

const KINDS = {
  killBack: async () => touch('back', (id) => processes.kill(id, dice.below(4_000))),
  drainBack: async () => touch('back', (id) => processes.drain(id, dice.below(2_000))),
  stopBack: async () => touch('back', (id) => processes.pause(id, 500 + dice.below(14_000))),
  move: async () =>
    touch('back', (id) => void operator.move(`account/${dice.below(ACCOUNTS)}`, id).catch(() => undefined)),
  killFront: async () => touch('front', (id) => processes.kill(id, dice.below(4_000))),
  drainFront: async () => touch('front', (id) => processes.drain(id, dice.below(2_000))),
  stopFront: async () => touch('front', (id) => processes.pause(id, 500 + dice.below(12_000))),
  crashDatabase: () => ofDatabase(() => database.crash(dice.below(4_000))),
  stopDatabase: () => ofDatabase(() => database.standStill(500 + dice.below(7_000))),
  failOver: () => ofDatabase(() => (database.hasStandby ? database.failOver() : database.crash(0))),
}
type Kind = keyof typeof KINDS
const BACK_TROUBLES: readonly Kind[] = [
  ...(['killBack', 'killBack', 'killBack', 'drainBack', 'drainBack', 'stopBack', 'stopBack', 'move', 'move'] as const),
  ...(['crashDatabase', 'stopDatabase', values.standby ? 'failOver' : 'crashDatabase'] as const),
]
const ALL_TROUBLES: readonly Kind[] = [...BACK_TROUBLES, 'killFront', 'killFront', 'drainFront', 'stopFront']

/** One trouble of the database at a time, beside those of others. */
async function ofDatabase(happen: () => Promise<void>): Promise<boolean> {
  if (!database.isUp) return false
  void happen().catch((error: unknown) => findings.push(`the database of the soak: ${String(error)}`))
  return true
}

async function check(urls: readonly string[], clients: readonly SoakClient[]): Promise<void> {
  const connection = connect<typeof soakApp>([...urls], { token: () => 'checker' })
  const links = await Promise.all(Array.from({ length: ACCOUNTS }, (_, a) => accountOf(connection, a)))
  const states = new Map(links.map((link) => [link.id, link.state] as const))
  // Credits and alarms are under way for a moment.
  const unsettled = (): string[] =>
    links.flatMap(({ id, state }) => [...openCredits(id, state, states), ...openAlarms(id, state)])
  await until('all credits have come', () => unsettled().length === 0, QUIET_MS_MAX).catch(() =>
    findings.push(...unsettled()),
  )
  const sum = links.reduce((all, { state }) => all + state.balance, 0)
  if (sum !== ACCOUNTS * EACH) findings.push(`the sum is ${sum}, not ${ACCOUNTS * EACH}`)
  for (const { id, state } of links) for (const wrong of state.wrong) findings.push(`${id}: ${wrong}`)
  for (const { name, answered } of clients) {
    for (const [account, number] of answered) {
      const paid = states.get(`account/${account}`)?.paid.get(name) ?? 0
      if (paid !== number)
        findings.push(`account/${account} has ${paid} payments of ${name}, and ${number} were answered`)
    }
  }
  await connection.close()
}

function* openCredits(id: string, { sent }: AccountLink['state'], states: ReadonlyMap<string, AccountLink['state']>) {
  for (const [to, number] of sent) {
    const received = states.get(to)?.received.get(id) ?? 0
    if (received !== number) yield `${id} has sent ${number} credits to ${to}, which has ${received}`
  }
}

function* openAlarms(id: string, { set, rung }: AccountLink['state']) {
  if (set !== rung) yield `${id} has set ${set} alarms, and ${rung} rang`
}

function rounded(of: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, Math.round(value)]))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

try {
  await soak()
} finally {
  await processes.stop()
  await operator.close().catch(() => undefined)
  await database.stop()
}
findings.push(...processes.findings)
say(`troubles: ${JSON.stringify({ ...troubles, ...processes.counts })}`)
say(`${JSON.stringify(rounded(counts))}; logs in ${values.logs}`)
for (const finding of findings.slice(0, FINDINGS_SHOWN)) say(`✖ ${finding}`)
say(findings.length === 0 ? '✔ nothing found' : `${findings.length} findings with --seed ${values.seed}`)
process.exit(findings.length === 0 ? 0 : 1)

/**
 * `npm run hostile`: each attack beside honest clients of a back and a front in processes of their own. Honest clients must notice
 * nothing, memory must come back to where it was, and what they wait must not be longer than while the same attackers work on a port that
 * swallows all. `-- pings stranger` runs the attacks of whose names or kinds one contains a word.
 *
 *     npm run hostile [-- words] [--clients 200] [--seconds 6] [--rounds 2] [--markdown]
 */
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { Child } from '../../bench/processes/child.js'
import { markdownOf, textOf, type Table } from '../../bench/processes/table.js'
import type { Attack } from './attack.js'
import { ATTACKS } from './attacks.js'
import type { AttackerFace, HonestFace, RoleFace, RoleUsage, SwallowFace } from './faces.js'
import type { Port } from './web-socket-field.js'

/** What honest clients may wait longer: this many times, or this many milliseconds more. */
const TIMES_MAX = 1.2
const MORE_MS_MAX = 5
/** What memory may be above what it was: counts and buckets of those who came are let go of later. */
const MORE_BYTES_MAX = 8 << 20
const SETTLE_MS_MAX = 30_000
const WARM_UP_MS = 5_000

interface Judged {
  readonly attack: Attack
  readonly noticed: readonly string[]
  readonly p99: number
  readonly p99Swallowed: number
  readonly cpu: { readonly front: number; readonly back: number }
  /** CPU time in which everyone else had to wait, at most, in milliseconds. */
  readonly longest: { readonly front: number; readonly back: number }
  readonly moreBytes: { readonly front: number; readonly back: number }
  readonly faults: readonly string[]
}

interface Options {
  readonly clients: number
  readonly ms: number
  readonly rounds: number
}

class Stage {
  readonly #options: Options
  readonly #children: { stop(): Promise<void> }[] = []
  readonly back = this.#child<RoleFace>('role')
  readonly front = this.#child<RoleFace>('role')
  readonly honest = this.#child<HonestFace>('honest')
  readonly #attacker = this.#child<AttackerFace>('attacker')
  readonly #swallow = this.#child<SwallowFace>('swallow')
  #ports: { readonly front: Port; readonly back: Port; readonly swallow: Port } | null = null

  constructor(options: Options) {
    this.#options = options
  }

  async start(): Promise<void> {
    const address = `tcp://${outside()}:${await freePort()}`
    const back = await this.back.ask('start', { role: 'back', address })
    const front = await this.front.ask('start', { role: 'front', address })
    const swallow = await this.#swallow.ask('start')
    this.#ports = { back, front, swallow }
    await this.honest.ask('begin', `ws://${front.host}:${front.port}`, this.#options.clients)
    await pause(WARM_UP_MS)
  }

  async judge(attack: Attack): Promise<Judged> {
    const { ms, rounds } = this.#options
    const before = await this.#usage(true)
    const swallowed: number[] = []
    const real: number[] = []
    const noticed: string[] = []
    const cpu = { front: 0, back: 0 }
    const longest = { front: 0, back: 0 }
    for (let round = 0; round < rounds; round++) {
      swallowed.push(...(await this.#span(attack, ms, true)).latencies)
      const from = await this.#usage(false)
      const start = performance.now()
      const report = await this.#span(attack, ms, false)
      const to = await this.#usage(false)
      const share = 100 / (performance.now() - start) / rounds
      cpu.front += (to.front.cpuMs - from.front.cpuMs) * share
      cpu.back += (to.back.cpuMs - from.back.cpuMs) * share
      longest.front = Math.max(longest.front, to.front.longestMs)
      longest.back = Math.max(longest.back, to.back.longestMs)
      real.push(...report.latencies)
      noticed.push(...report.noticed)
    }
    const after = await this.#settled(before)
    noticed.push(...(await this.honest.ask('take')).noticed)
    return judged({
      attack,
      noticed,
      p99: percentile(real, 0.99),
      p99Swallowed: percentile(swallowed, 0.99),
      cpu,
      longest,
      moreBytes: {
        front: after.front.usedBytes - before.front.usedBytes,
        back: after.back.usedBytes - before.back.usedBytes,
      },
    })
  }

  async stop(): Promise<void> {
    for (const child of this.#children) await child.stop()
  }

  async #span(attack: Attack, ms: number, isSwallowed: boolean) {
    const ports = this.#ports
    if (ports === null) throw new Error('it has not started')
    const { front, back } = isSwallowed ? { front: ports.swallow, back: ports.swallow } : ports
    await this.honest.ask('take')
    await this.#attacker.ask('attack', { name: attack.name, front, back, ms })
    return this.honest.ask('take')
  }

  /** Once memory is back where it was, or will not come back. */
  async #settled(before: { readonly front: RoleUsage; readonly back: RoleUsage }) {
    const end = performance.now() + SETTLE_MS_MAX
    for (;;) {
      await pause(1_000)
      const now = await this.#usage(true)
      const isBack = (['front', 'back'] as const).every(
        (role) => now[role].usedBytes - before[role].usedBytes <= MORE_BYTES_MAX,
      )
      if (isBack || performance.now() > end) return now
    }
  }

  async #usage(collect: boolean) {
    return { front: await this.front.ask('usage', collect), back: await this.back.ask('usage', collect) }
  }

  #child<Face>(file: string): Child<Face> {
    const path = fileURLToPath(new URL(`${file}.ts`, import.meta.url))
    const child = new Child<Face>(process.execPath, ['--import', 'tsx'], path, openSync('/dev/null', 'w'))
    this.#children.push(child)
    return child
  }
}

function judged(measured: Omit<Judged, 'faults'>): Judged {
  const { noticed, p99, p99Swallowed, moreBytes } = measured
  const faults: string[] = []
  if (noticed.length > 0) faults.push(`honest clients noticed: ${[...new Set(noticed)].slice(0, 3).join('; ')}`)
  const most = Math.max(p99Swallowed * TIMES_MAX, p99Swallowed + MORE_MS_MAX)
  if (!(p99 <= most)) faults.push(`p99 of ${p99.toFixed(1)} ms, at most ${most.toFixed(1)}`)
  for (const role of ['front', 'back'] as const)
    if (moreBytes[role] > MORE_BYTES_MAX) faults.push(`the ${role} holds ${mebibytes(moreBytes[role])} MiB more`)
  return { ...measured, faults }
}

function tableOf(all: readonly Judged[], { clients }: Options): Table {
  return {
    title: `Honest clients (${clients}) beside attacks`,
    head: [
      'attack',
      'by',
      'noticed',
      'p99 ms',
      'swallowed',
      'front CPU %',
      'back CPU %',
      'front in a row ms',
      'back in a row ms',
      'front MiB',
      'back MiB',
      '',
    ],
    rows: all.map(({ attack, noticed, p99, p99Swallowed, cpu, longest, moreBytes, faults }) => [
      attack.name,
      attack.by,
      `${noticed.length}`,
      p99.toFixed(1),
      p99Swallowed.toFixed(1),
      cpu.front.toFixed(0),
      cpu.back.toFixed(0),
      longest.front.toFixed(0),
      longest.back.toFixed(0),
      mebibytes(moreBytes.front),
      mebibytes(moreBytes.back),
      faults.length === 0 ? 'held' : 'NOT HELD',
    ]),
  }
}

function mebibytes(bytes: number): string {
  return (bytes / (1 << 20)).toFixed(1)
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Where links between masters are encrypted, if there is such an address. */
function outside(): string {
  const found = Object.values(networkInterfaces()).flat()
  return found.find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.1'
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clients: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '2' },
    markdown: { type: 'boolean', default: false },
  },
})
const options = {
  clients: Number(values.clients),
  ms: Number(values.seconds) * 1_000,
  rounds: Number(values.rounds),
}
const chosen = ATTACKS.filter(
  ({ name, by }) => positionals.length === 0 || positionals.some((word) => name.includes(word) || by === word),
)
const stage = new Stage(options)
const all: Judged[] = []
try {
  await stage.start()
  for (const attack of chosen) {
    const one = await stage.judge(attack)
    all.push(one)
    process.stderr.write(
      `${one.faults.length === 0 ? 'held' : 'NOT HELD'}  ${attack.by}: ${attack.name}  ${one.faults.join('. ')}\n`,
    )
  }
} finally {
  await stage.stop()
}
const table = tableOf(all, options)
process.stdout.write(`${values.markdown ? markdownOf(table) : textOf(table)}\n`)
if (all.some(({ faults }) => faults.length > 0)) process.exitCode = 1

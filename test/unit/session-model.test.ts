/**
 * Random lives of one link: sending, turns, frames that arrive in part, losses, detachments, deaths of the owner, expired
 * sessions, slow fronts. Whatever happens, order and once hold, and everything has its outcome in the end.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HandChannel } from '../support/hand-channel.js'
import { HandLink } from '../support/hand-link.js'

type Step =
  | { readonly do: 'send' | 'request'; readonly bad: boolean }
  | {
      readonly do: 'turn'
      readonly take: number
      readonly change: boolean
      readonly events: number
      readonly direct: number
    }
  | { readonly do: 'up' | 'down'; readonly count: number }
  | {
      readonly do: 'flush' | 'lose' | 'connect' | 'detach' | 'die' | 'expire' | 'slow' | 'catchUp' | 'withdraw' | 'drop'
    }

const small = fc.nat(3)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('send' as const, 'request' as const), bad: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('turn' as const),
      take: fc.nat(4),
      change: fc.boolean(),
      events: small,
      direct: small,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('up' as const, 'down' as const),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'flush' as const,
        'lose' as const,
        'connect' as const,
        'connect' as const,
        'slow' as const,
        'catchUp' as const,
        'withdraw' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('detach' as const, 'die' as const, 'expire' as const, 'drop' as const),
    }),
  },
)

interface Sent {
  readonly generation: number
  readonly n: number
  readonly payload: string
  readonly request: boolean
}

/** Runs a life to its end, where all is healed, and gives what came of it. */
function live(steps: readonly Step[]) {
  const channel = new HandChannel()
  channel.refuses.add('bad')
  const link = new HandLink(channel).link()
  const sent: Sent[] = []
  const withdrawn = new Set<string>()
  let generation = 0
  let serial = 0
  link.listener = (what) => {
    if (what.startsWith('reset')) generation++
    const changed = /^changed (\d+) (.*)$/.exec(what)
    if (changed && link.origin)
      assert.equal(changed[2], channel.stateAt(Number(changed[1]), link.origin), 'G2: the state is that of its version')
  }
  for (const next of steps) {
    switch (next.do) {
      case 'send':
      case 'request': {
        const payload = `p${++serial}`
        const n =
          next.do === 'send'
            ? link.send(payload, next.bad ? 'bad' : 'say')
            : link.request(payload, next.bad ? 'bad' : 'ask')
        sent.push({ generation, n, payload, request: next.do === 'request' })
        break
      }
      case 'turn': {
        const names = (letter: string, count: number): string[] =>
          Array.from({ length: count }, () => `${letter}${++serial}`)
        channel.turn({
          take: next.take,
          ...(next.change ? { text: `s${++serial}` } : {}),
          before: names('e', next.events > 1 ? 1 : 0),
          direct: names('d', next.direct),
          behind: names('e', next.events > 0 ? 1 : 0),
        })
        break
      }
      case 'up':
        link.up(next.count)
        break
      case 'down':
        link.down(next.count)
        break
      case 'flush':
        link.end.flush()
        break
      case 'lose':
        link.lose()
        break
      case 'connect':
        if (!link.open) link.connect()
        break
      case 'detach':
        channel.detach('gap', true)
        break
      case 'die':
        channel.die()
        break
      case 'expire':
        channel.expire()
        break
      case 'slow':
        channel.congested = true
        break
      case 'catchUp':
        channel.catchUp()
        break
      case 'withdraw': {
        const last = sent.findLast(({ request }) => request)
        if (last?.generation === generation) {
          link.end.withdraw(last.n)
          withdrawn.add(last.payload)
        }
        break
      }
      case 'drop':
        // A front loses a turn: that shows by the previous version of the next.
        channel.said.splice(0, channel.said[0]?.type === 'shared' ? 1 : 0)
    }
  }
  channel.congested = false
  if (!link.open) link.connect()
  link.settle()
  channel.turn({ text: 'end' })
  link.settle()
  return { channel, link, sent, withdrawn }
}

type Life = ReturnType<typeof live>

/** What was told, cut at each reset: the generations of the numbers. */
function generationsOf(link: HandLink): string[][] {
  const generations: string[][] = [[]]
  for (const what of link.told) {
    if (what.startsWith('reset ')) generations.push([])
    else generations.at(-1)?.push(what)
  }
  return generations
}

function expectOutcomes({ channel, link, sent, withdrawn }: Life): void {
  const generations = generationsOf(link)
  const processed = new Map(channel.processed.map((entry) => [entry.payload, entry]))
  assert.equal(processed.size, channel.processed.length, 'L3: nothing is processed twice')
  for (const { generation, n, payload, request } of sent) {
    const told = generations[generation] ?? []
    const refused = told.filter((what) => what.startsWith(`refused ${n} `))
    const answered = told.filter((what) => what.startsWith(`answer ${n}: `))
    const failed = told.filter((what) => what.startsWith(`failed ${n}: `))
    const acknowledged = told.some((what) => what.startsWith('acknowledged ') && Number(what.slice(13)) >= n)
    const outcome = processed.get(payload)
    if (outcome) assert.equal(outcome.n, n, 'L2: it is processed under its number')
    if (withdrawn.has(payload)) continue
    if (request) {
      assert.equal(answered.length + failed.length, 1, `request ${payload} is settled once`)
      if (answered.length > 0) assert.ok(outcome, 'what is answered was processed')
      if (failed[0]?.endsWith('invalid') === true) assert.equal(outcome, undefined, 'what is refused has no effect')
      continue
    }
    assert.ok(refused.length <= 1, `message ${payload} is refused at most once`)
    if (refused.length === 0) {
      assert.ok(acknowledged && outcome, `G3: message ${payload} has an outcome`)
    } else if (refused[0]?.endsWith('invalid') === true) {
      assert.equal(outcome, undefined, 'what is refused has no effect')
    } else {
      assert.ok(!acknowledged, 'what is unknown was not acknowledged')
    }
  }
}

function expectOrder({ channel }: Life): void {
  const last = new Map<string, number>()
  for (const { life, n } of channel.processed) {
    assert.ok(n > (last.get(life) ?? 0), 'G3: processed in order')
    last.set(life, n)
  }
}

function expectEvents({ channel, link }: Life): void {
  const emitted = channel.emitted.map(({ what }) => what)
  const told = link.told.filter((what) => /^(shared|direct) /.test(what))
  assert.equal(new Set(told).size, told.length, 'V6: nothing is told twice')
  for (const kind of ['shared', 'direct']) {
    const places = told.filter((what) => what.startsWith(kind)).map((what) => emitted.indexOf(what))
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      `${kind} events come in order`,
    )
    assert.ok(!places.includes(-1))
  }
  // Of the life that lasted to the end all that was said to the link alone has come.
  const { life } = channel
  const direct = channel.emitted.filter((event) => event.life === life && event.u > 0).map(({ what }) => what)
  assert.deepEqual(
    told.filter((what) => direct.includes(what)),
    direct,
    'V7: what is said to one link alone comes',
  )
}

test('G2 G3 L3 L7 L8 V2 V6 V7 random lives of a link: once, in order, and with an outcome for everything', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const life = live(steps)
      assert.equal(life.link.end.status, 'live')
      assert.equal(life.link.text, life.channel.text)
      assert.deepEqual(life.link.end.inspect(), { retained: 0, retainedBytes: 0, held: 0 }, 'nothing is left over')
      expectOutcomes(life)
      expectOrder(life)
      expectEvents(life)
    }),
    { numRuns: Number(process.env['CENTRUM_RUNS'] ?? 1500) },
  )
})

test('G3 V6 without losses of the owner nothing is unknown and nothing is reset, whatever happens to connections', () => {
  const gentle = step.filter((next) => next.do !== 'die' && next.do !== 'expire' && next.do !== 'withdraw')
  fc.assert(
    fc.property(fc.array(gentle, { maxLength: 80 }), (steps) => {
      const { link, channel, sent } = live(steps)
      assert.deepEqual(link.all('reset'), [])
      assert.equal(link.end.acknowledged, sent.length)
      assert.deepEqual(
        link.all('refused').filter((what) => what.endsWith('unknown')),
        [],
      )
      const missed = link.all('missed').map((range) => range.split('-').map(Number) as [number, number])
      for (const { version, what, u } of channel.emitted) {
        if (u > 0 || link.told.includes(what)) continue
        assert.ok(
          missed.some(([from, to]) => from <= version && version <= to),
          `${what} of version ${version} is told, or told to be missed`,
        )
      }
    }),
    { numRuns: Number(process.env['CENTRUM_RUNS'] ?? 1500) },
  )
})

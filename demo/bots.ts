/**
 * Bots: clients like any other, through both fronts, that walk from area to area, take sparks on their way and say a word
 * now and then. `bots.ts 18 http://127.0.0.1:8081 http://127.0.0.1:8082`.
 */
import { readyUntil } from './child.js'
import { type Emote, EMOTES } from './emotes.js'
import { madeUpName } from './names.js'
import { Walker } from './walker.js'
import { AREA_NAMES, AREA_SIZE, BODY, clamp, middleOf, type Point, TICK_MS, WORLD } from './world.js'

const WORDS = [
  'lovely light today',
  'who made that boom?',
  'race you to the border',
  'the desert is warm, the frost is not',
  'found a big one!',
  'back in a moment',
  'left, right, left, right …',
  'this side of the line is another process',
  'hello there',
  'beep',
  'anybody seen my antenna?',
  'I like the swamp at night',
]
/** How far around it a bot looks, in units. */
const SIGHT = 300
const SAYS_EVERY_MS = 240_000
const SHOWS_EVERY_MS = 25_000
const BOOMS_EVERY_MS = 60_000
/** How long a bot whose connection is over for good stays away. */
const RETURN_MS = 3_000

const [count = '18', ...urls] = process.argv.slice(2)
const bots = Array.from({ length: Number(count) }, (_, index) => newBot(index))
const beat = setInterval(() => {
  for (const bot of bots) bot.beat()
}, TICK_MS)

readyUntil(async () => {
  clearInterval(beat)
  await Promise.allSettled(bots.map((bot) => bot.leave()))
})

function newBot(index: number): { beat(): void; leave(): Promise<void> } {
  const name = madeUpName(Math.random)
  const player = `bot-${index}-${Math.floor(Math.random() * 1e9)}`
  // Half of them prefer each front.
  const order = index % 2 === 0 ? urls : urls.toReversed()
  let walker = join(middleOf(AREA_NAMES[index % AREA_NAMES.length] ?? 'meadow'))
  let goal = somewhere(walker.position)
  let restUntil = 0

  function join(start: Point): Walker {
    const joined = new Walker({
      urls: order,
      name,
      player,
      bot: true,
      start,
      passport: null,
      connect: { closeMs: 300 },
    })
    void enterLobby(joined)
    joined.connection.onStatus((status) => {
      if (status === 'closed' && walker === joined) setTimeout(() => (walker = join(joined.position)), RETURN_MS)
    })
    return joined
  }

  return {
    beat() {
      const { x, y } = walker.position
      walker.look({ left: x - SIGHT, top: y - SIGHT, right: x + SIGHT, bottom: y + SIGHT })
      walker.reconcile()
      if (performance.now() < restUntil) return
      const away = { x: goal.x - x, y: goal.y - y }
      const distance = Math.hypot(away.x, away.y)
      if (distance > 60) return walker.step({ x: (away.x / distance) * 0.7, y: (away.y / distance) * 0.7 })
      goal = somewhere(walker.position)
      restUntil = performance.now() + Math.random() * 4_000
      walker.step({ x: 0, y: 0 })
      if (chance(SHOWS_EVERY_MS)) walker.emote(anyOf<Emote>(EMOTES))
      if (chance(BOOMS_EVERY_MS)) walker.boom(walker.position)
    },
    leave: () => walker.close(),
  }
}

/** Bots are in the lobby as well, and say something now and then. */
async function enterLobby(walker: Walker): Promise<void> {
  const lobby = await walker.connection.link('lobby', { timeoutMs: 60_000 }).catch(() => null)
  if (!lobby) return
  const talk = setInterval(
    () => void lobby.request('say', anyOf(WORDS)).catch(() => undefined),
    SAYS_EVERY_MS * (0.5 + Math.random()),
  )
  lobby.onStatus((status) => {
    if (status === 'closed') clearInterval(talk)
  })
}

/** A place up to an area's length away. */
function somewhere({ x, y }: Point): Point {
  const along = (): number => (Math.random() * 2 - 1) * AREA_SIZE * 0.7
  return {
    x: clamp(x + along(), WORLD.left + 2 * BODY, WORLD.right - 2 * BODY),
    y: clamp(y + along(), WORLD.top + 2 * BODY, WORLD.bottom - 2 * BODY),
  }
}

/** Whether something happens now that happens that often while a bot arrives somewhere every six seconds or so. */
function chance(everyMs: number): boolean {
  return Math.random() < 6_000 / everyMs
}

function anyOf<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T
}

/**
 * The page: a player, what it sees, and the frames that show it. All that goes over the network goes through the player's
 * walker; what is drawn here is what the linked channels' states hold.
 */
import { areaAt, type AreaName, type Point } from '../world.js'
import { Camera } from './camera.js'
import { Chat } from './chat.js'
import { Effects } from './effects.js'
import { element, say } from './element.js'
import { Input } from './input.js'
import { rememberedName, rememberedPlace, rememberName, rememberPlace } from './memory.js'
import { Minimap } from './minimap.js'
import { Notices } from './notices.js'
import { Owners } from './owners.js'
import { Painter } from './painter.js'
import { type Choice, type Front, Panel } from './panel.js'
import { Player } from './player.js'
import { Ranking } from './ranking.js'
import { Scene } from './scene.js'
import { makeSigns } from './signs.js'
import { troubleOf } from './trouble.js'
import { cleanName } from '../names.js'

/** A frame that took longer counts as one that took this long. */
const FRAME_MS_MAX = 250
/** The panel, the ranking and what is remembered need not be new each frame. */
const SLOW_MS = 200
/** Who has walked so many steps knows how. */
const HINT_STEPS = 50

const fronts = (await (await fetch('/fronts.json')).json()) as readonly Front[]
const nameField = element('name', HTMLInputElement)
const scene = new Scene()
const effects = new Effects()
const owners = new Owners()
const notices = new Notices()
const ranking = new Ranking()
const minimap = new Minimap(element('map', HTMLCanvasElement))
const camera = new Camera(element('world', HTMLCanvasElement), rememberedPlace())
const painter = new Painter(camera)

let choice: Choice =
  fronts.find(({ id }) => id.endsWith(`-${new URLSearchParams(location.search).get('front')}`))?.id ?? null
let player = newPlayer(rememberedName())
camera.jump(player.walker.position)

const chat = new Chat((text) => player.say(text))
const panel = new Panel(fronts, choice, (chosen) => {
  choice = chosen
  const number = chosen?.split('-').at(-1)
  history.replaceState(null, '', number === undefined ? '/' : `/?front=${number}`)
  renew(nameField.value)
})
const input = new Input(camera, {
  boom: (at) => player.walker.boom(at ?? player.walker.position),
  emote: (emote) => player.walker.emote(emote),
  talk: () => chat.focus(),
})
makeSigns(
  (emote) => player.walker.emote(emote),
  () => player.walker.boom(player.walker.position),
)

window.addEventListener('resize', () => camera.resize())
// Who leaves says so, and is not waited for.
window.addEventListener('pagehide', () => {
  rememberPlace(player.walker.position)
  player.leave()
})
window.addEventListener('pageshow', (event) => {
  if (event.persisted) renew(nameField.value)
})
element('rename', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  nameField.blur()
})
nameField.addEventListener('change', () => renew(cleanName(nameField.value) || rememberedName()))

let stepsTaken = 0
let lastPlace: Point | null = null
let lastFrame = performance.now()
let lastSlow = 0
requestAnimationFrame(frame)

function frame(now: number): void {
  requestAnimationFrame(frame)
  const dtMs = Math.min(Math.max(now - lastFrame, 0), FRAME_MS_MAX)
  lastFrame = now
  const { walker, motion, id } = player
  motion.advance(walker, dtMs, () => {
    const direction = input.direction(walker.position)
    if (direction.x !== 0 || direction.y !== 0) stepsTaken += 1
    return direction
  })
  camera.follow(motion.position, dtMs)
  walker.look(camera.seen)
  scene.advance(now, dtMs, { id, position: motion.position })
  effects.advance(now, dtMs, camera.seen)
  painter.paint({
    now,
    scene,
    effects,
    owners,
    ownId: id,
    own: motion.position,
    leader: ranking.leader,
    goal: input.goal,
    stalled: [...walker.sight.links].flatMap(([name, { status }]) => (status === 'stalled' ? [name] : [])),
  })
  if (now - lastSlow < SLOW_MS) return
  lastSlow = now
  showSlowly()
}

/** All that is read rather than watched. */
function showSlowly(): void {
  const { walker, traffic, lobby, id, motion } = player
  const { connection, home, sight } = walker
  const back = home?.link.state.back ?? null
  minimap.draw({ sight, home: home?.name ?? null, scene, owners, ownId: id, own: motion.position, seen: camera.seen })
  panel.show({
    status: connection.status,
    front: frontId(),
    channel: home?.link.id ?? null,
    back,
    backColour: owners.colourOf(back),
    version: home?.link.version ?? null,
    links: [...(lobby ? [lobby.id] : []), ...[...sight.links.values()].map((link) => link.id)],
    rttMs: connection.rttMs,
    inRate: traffic.inRate,
    outRate: traffic.outRate,
  })
  const trouble = troubleOf(player)
  notices.amiss(trouble?.text ?? null, trouble?.forGood ?? false)
  const avatar = scene.figures.get(id)?.avatar
  say(element('score', HTMLOutputElement), String(avatar?.score ?? walker.score))
  if (avatar) element('swatch', HTMLElement).style.background = `hsl(${avatar.hue} 75% 62%)`
  chat.open = lobby !== null
  if (lobby) {
    ranking.show(lobby.state.members, id)
    for (const line of chat.show(lobby.state.lines)) {
      const figure = scene.figures.get(line.by)
      if (figure) figure.words = { text: line.text, since: performance.now() }
    }
  }
  if (stepsTaken > HINT_STEPS) element('hint', HTMLElement).classList.add('gone')
  if (walker.position !== lastPlace) rememberPlace((lastPlace = walker.position))
  document.body.dataset['status'] = connection.status
  document.body.dataset['front'] = frontId() ?? ''
  document.body.dataset['area'] = walker.present ? (home?.name ?? '') : ''
  document.body.dataset['back'] = back ?? ''
}

/** The same player under another name, or through another front. */
function renew(name: string): void {
  player.leave()
  rememberName(name)
  scene.clear()
  player = newPlayer(name)
}

function newPlayer(name: string): Player {
  nameField.value = name
  const urls = fronts
    .filter(({ id }) => choice === null || id === choice)
    .map(({ port }) => `ws://${location.hostname}:${port}`)
  return new Player(
    { urls, name, start: rememberedPlace() },
    { scene, effects, owners, shaken: () => camera.shake(5), crossed: announce },
  )
}

let arrivedOnce = false

function announce(area: AreaName, tookMs: number): void {
  const back = owners.of(area)
  const how = arrivedOnce ? `now on ${back} – handed over in ${Math.round(tookMs)} ms` : `on ${back}`
  notices.toast(area[0]?.toUpperCase() + area.slice(1), how, owners.colourOf(back))
  arrivedOnce = true
}

function frontId(): string | null {
  return fronts.find(({ port }) => port === player.traffic.port)?.id ?? null
}

// For whoever looks from outside: tests, and the curious in the browser's console.
Object.assign(window, {
  demo: {
    get me() {
      const { walker, id } = player
      return { id, ...walker.position, area: walker.home?.name ?? null, present: walker.present, score: walker.score }
    },
    get seen() {
      return [...scene.figures.values()].map(({ id, avatar, area, shown }) => ({
        id,
        name: avatar.name,
        bot: avatar.bot,
        area,
        standsIn: areaAt(shown),
        x: shown.x,
        y: shown.y,
      }))
    },
    get connection() {
      return player.walker.connection
    },
  },
})

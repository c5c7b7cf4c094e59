/** The inspector's page: a client of the inspector's own app, which shows what is there and follows one channel at a time. */
import { connect } from 'centrum/client'
import type { WatchedArrival } from '../../dist/inspector/channel-watch.js'
import type { OverviewState, WatchedState } from '../../dist/inspector/inspector-app.js'
import { element, make } from './element.js'
import { Playground } from './playground.js'
import { StateTree, textOf } from './state-tree.js'

const LINES_MAX = 200
const RATE_MS = 1_000

const connection = connect(location.href)
const playground = new Playground()
const tree = new StateTree(element('state'))
let chosen: string | null = null
let unlink: (() => Promise<void>) | null = null
let bytes = 0

connection.onStatus((status) => (element('status').textContent = status))
const overview = await connection.link('overview')
const stateNow = (): OverviewState => overview.state as unknown as OverviewState
playground.offer(stateNow().declared, stateNow().fronts)
overview.onChange(showOverview)
overview.onReset(() => playground.offer(stateNow().declared, stateNow().fronts))
showOverview()
setInterval(() => {
  element('rate').textContent = chosen === null ? '' : `${bytes} bytes in the last second`
  bytes = 0
}, RATE_MS)

function showOverview(): void {
  const { channels, backs } = stateNow()
  element('backs').textContent = backs
    .map(({ id, up, channels }) => `${id}: ${up ? `${channels} channels` : 'away'}`)
    .join(' · ')
  element('channels').replaceChildren(
    ...channels.map(({ id, back }) => {
      const button = make('button', '', id, make('small', '', back))
      button.setAttribute('aria-current', String(id === chosen))
      button.addEventListener('click', () => void choose(id))
      return button
    }),
    ...(channels.length === 0 ? [make('small', '', 'None is open. A channel opens at its first link.')] : []),
  )
  const [first] = channels
  if (chosen === null && first !== undefined) void choose(first.id)
}

async function choose(id: string): Promise<void> {
  if (id === chosen) return
  chosen = id
  await unlink?.()
  tree.clear()
  element('log').replaceChildren()
  playground.propose(id)
  showOverview()
  const link = await connection.link(`watched/${id.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  if (id !== chosen) return void link.unlink()
  unlink = () => link.unlink()
  const show = (): void => {
    const { epoch, version, problem, state } = link.snapshot() as unknown as WatchedState
    element('channel').textContent = `${id} · version ${version} · epoch ${epoch}`
    element('problem').textContent = problem ?? ''
    if (state !== null) tree.show(state)
  }
  link.onChange(show)
  link.on('arrived', (arrived) => (arrived as readonly WatchedArrival[]).forEach(note))
  show()
}

function note({ kind, version, bytes: size, name, payload }: WatchedArrival): void {
  bytes += size
  const log = element('log')
  const text =
    kind === 'event'
      ? `${name} ${textOf(payload)}`
      : kind === 'status'
        ? `${name} ${textOf(payload ?? '')}`
        : `${size} bytes`
  log.prepend(make('tr', '', make('td', '', String(version)), make('td', 'key', kind), make('td', '', text)))
  while (log.children.length > LINES_MAX) log.lastElementChild?.remove()
}

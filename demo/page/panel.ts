/** The panel that tells where one is: front, back, channel, version, links, round trip and bytes a second. */
import { element, made, say } from './element.js'

export interface Front {
  readonly id: string
  readonly port: number
}

export interface PanelView {
  readonly status: string
  readonly front: string | null
  readonly channel: string | null
  readonly back: string | null
  readonly backColour: string
  readonly version: number | null
  readonly links: readonly string[]
  readonly rttMs: number
  readonly inRate: number
  readonly outRate: number
}

/** What the page is to be connected to: a front, or any of them. */
export type Choice = string | null

export class Panel {
  readonly #details = element('status', HTMLDetailsElement)
  readonly #light = element('light', HTMLElement)
  readonly #gist = element('gist', HTMLElement)
  readonly #select = element('fronts', HTMLSelectElement)
  readonly #any = made('option')
  readonly #values = new Map(
    ['back', 'channel', 'version', 'links', 'rtt', 'in', 'out'].map((id) => [id, element(id, HTMLElement)]),
  )

  constructor(fronts: readonly Front[], choice: Choice, choose: (choice: Choice) => void) {
    this.#details.open = window.innerWidth > 720
    this.#any.value = ''
    this.#select.append(this.#any)
    for (const { id } of fronts) {
      const option = made('option', `only ${id}`)
      option.value = id
      this.#select.append(option)
    }
    this.#select.value = choice ?? ''
    this.#select.addEventListener('change', () => {
      choose(this.#select.value === '' ? null : this.#select.value)
      this.#select.blur()
    })
  }

  show(view: PanelView): void {
    const { status, front, channel, back } = view
    this.#light.dataset['is'] = status === 'connected' ? 'good' : status === 'closed' ? 'bad' : 'wait'
    say(this.#gist, status === 'connected' ? `${front ?? '…'} → ${back ?? '…'}` : status)
    say(this.#any, `any (${front ?? 'none yet'})`)
    const values: Record<string, string> = {
      back: back ?? '–',
      channel: channel ?? '–',
      version: view.version === null ? '–' : view.version.toLocaleString('en'),
      links: view.links.length === 0 ? '–' : `${view.links.length}`,
      rtt: Number.isNaN(view.rttMs) ? '–' : `${view.rttMs < 10 ? view.rttMs.toFixed(1) : Math.round(view.rttMs)} ms`,
      in: rate(view.inRate),
      out: rate(view.outRate),
    }
    for (const [id, node] of this.#values) say(node, values[id] ?? '')
    const links = this.#values.get('links')
    if (links) links.title = view.links.join(', ')
    const owner = this.#values.get('back')
    owner?.classList.add('owner')
    owner?.style.setProperty('--owner', view.backColour)
  }
}

function rate(bytes: number): string {
  return bytes < 1_000 ? `${Math.round(bytes)} B/s` : `${(bytes / 1_000).toFixed(1)} kB/s`
}

/** The part of the page that is a client of the app: it links, with a network of one's choice, and sends what the app declares. */
import { connect, type Connection } from 'centrum/client'
import type { DescribedChannel, DescribedPayload } from '../../dist/inspector/describe-app.js'
import { element, make } from './element.js'
import { payloadForm } from './payload-form.js'
import { slowSockets, type Weather } from './slow-socket.js'
import { textOf } from './state-tree.js'

/** Of what was sent and answered. */
const LINES_MAX = 100

type Link = Awaited<ReturnType<Connection['link']>>

interface Sendable extends DescribedPayload {
  readonly is: 'message' | 'request'
}

export class Playground {
  readonly #weather: Weather = { latencyMs: 0, stalls: 0 }
  readonly #sockets = slowSockets(this.#weather)
  #declared: readonly DescribedChannel[] = []
  #connection: Connection | null = null
  #link: Link | null = null
  #sendables: readonly Sendable[] = []
  #read: () => unknown = () => undefined

  constructor() {
    element('link').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#linkNow()
    })
    element('send').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#sendNow()
    })
    element('cut').addEventListener('click', () => this.#sockets.cut())
    element('name').addEventListener('change', () => this.#showFields())
    for (const [id, set] of [
      ['latency', (value: number) => (this.#weather.latencyMs = value)],
      ['stalls', (value: number) => (this.#weather.stalls = value)],
    ] as const) {
      const select = element(id, HTMLSelectElement)
      select.addEventListener('change', () => set(Number(select.value)))
    }
  }

  /** What the app declares, and where its fronts are. */
  offer(declared: readonly DescribedChannel[], fronts: readonly string[]): void {
    this.#declared = declared
    element('front').replaceChildren(...fronts.map((url) => new Option(url, url)))
    element('patterns').replaceChildren(...declared.map(({ pattern }) => new Option(pattern, pattern)))
  }

  /** Proposes a channel, with the names that can be sent to it. */
  propose(id: string): void {
    if (this.#link !== null) return
    element('id', HTMLInputElement).value = id
    this.#showNames(id)
  }

  async #linkNow(): Promise<void> {
    const id = element('id', HTMLInputElement).value
    const options = element('options', HTMLTextAreaElement).value.trim()
    this.#say('linking …')
    await this.#connection?.close()
    this.#link = null
    const connection = connect(element('front', HTMLSelectElement).value, {
      token: element('token', HTMLInputElement).value,
      WebSocket: this.#sockets.WebSocket,
    })
    this.#connection = connection
    try {
      const link = await connection.link(id, options === '' ? {} : { options: JSON.parse(options) as unknown })
      this.#link = link
      const show = (): void =>
        this.#say(
          `${link.id}: ${link.status} as ${connection.clientId}, ${connection.rttMs.toFixed(0)} ms there and back`,
        )
      link.onStatus(show)
      link.onChange(show)
      link.onRefused((clientSeq, { code, message }) => this.#line(`${clientSeq}`, `${code}: ${message}`))
      const events = this.#declaredFor(id)?.events ?? []
      for (const event of events) link.on(event, (payload) => this.#line(`event ${event}`, textOf(payload)))
      this.#showNames(id)
      show()
    } catch (error) {
      this.#say(`not linked: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  async #sendNow(): Promise<void> {
    const sendable = this.#sendables[element('name', HTMLSelectElement).selectedIndex]
    if (sendable === undefined || this.#link === null) return this.#say('link first')
    const { name, is } = sendable
    try {
      const payload = this.#read()
      this.#line(`${is} ${name}`, textOf(payload))
      if (is === 'message') this.#link.send(name, payload)
      else this.#line(`answer ${name}`, textOf(await this.#link.request(name, payload)))
    } catch (error) {
      this.#line(name, error instanceof Error ? error.message : String(error))
    }
  }

  #declaredFor(id: string): DescribedChannel | undefined {
    const parts = id.split('/')
    return this.#declared.find(({ pattern }) => {
      const own = pattern.split('/')
      return own.length === parts.length && own.every((part, i) => /^[:*]/.test(part) || part === parts[i])
    })
  }

  #showNames(id: string): void {
    const declared = this.#declaredFor(id)
    const of = (is: Sendable['is'], all: readonly DescribedPayload[] = []): Sendable[] =>
      all.filter(({ kind }) => kind !== 'internal').map((each) => ({ ...each, is }))
    this.#sendables = [...of('message', declared?.messages), ...of('request', declared?.requests)]
    element('name').replaceChildren(...this.#sendables.map(({ is, name }) => new Option(`${name} (${is})`, name)))
    this.#showFields()
  }

  #showFields(): void {
    const fields = element('fields')
    fields.replaceChildren()
    const sendable = this.#sendables[element('name', HTMLSelectElement).selectedIndex]
    if (sendable !== undefined) this.#read = payloadForm(fields, sendable.schema)
  }

  #say(text: string): void {
    element('linked').textContent = text
  }

  #line(what: string, text: string): void {
    const lines = element('sent')
    lines.prepend(make('tr', '', make('td', 'key', what), make('td', '', text)))
    while (lines.children.length > LINES_MAX) lines.lastElementChild?.remove()
  }
}

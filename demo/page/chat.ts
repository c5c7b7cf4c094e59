/** What is said in the lobby, and the line to say something. Text is set as text, never as markup. */
import type { Line } from '../lobby.js'
import { element, made } from './element.js'

/** Lines that are on the page. */
const SHOWN_MAX = 7

export class Chat {
  readonly #lines = element('lines', HTMLOListElement)
  readonly #text = element('text', HTMLInputElement)
  #last = -1

  /** `say` answers how long to wait before saying it again, in milliseconds; 0 where it was said. */
  constructor(say: (text: string) => Promise<number>) {
    element('say', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#say(say)
    })
    this.#text.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#text.blur()
    })
  }

  /** Whether there is somebody to talk to. */
  set open(open: boolean) {
    if (this.#text.disabled === open) this.#text.placeholder = open ? 'Say something' : 'Entering the lobby …'
    this.#text.disabled = !open
  }

  focus(): void {
    this.#text.focus()
  }

  /** Shows the recent lines. Returns those that are new since the last time; at the first time none is. */
  show(lines: readonly Line[]): readonly Line[] {
    const newest = lines.at(-1)?.id ?? 0
    // A lobby that has been opened anew counts from the beginning.
    if (newest < this.#last) this.#last = 0
    if (newest === this.#last) return []
    const fresh = this.#last < 0 ? [] : lines.filter(({ id }) => id > this.#last)
    this.#last = newest
    this.#lines.replaceChildren(...lines.slice(-SHOWN_MAX).map(lineElement))
    return fresh
  }

  async #say(say: (text: string) => Promise<number>): Promise<void> {
    const text = this.#text.value.trim()
    this.#text.value = ''
    if (text === '') {
      this.#text.blur()
      return
    }
    this.#text.placeholder = 'Sending …'
    const waitMs = await say(text).catch(() => -1)
    this.#text.placeholder = waitMs === 0 ? 'Say something' : waitMs > 0 ? 'One line a second, please' : 'Try again'
    // Where it was not said it is there to be sent again.
    if (waitMs !== 0 && this.#text.value === '') this.#text.value = text
  }
}

function lineElement({ name, hue, bot, text }: Line): HTMLLIElement {
  const item = made('li', '', bot ? 'bot' : '')
  const who = made('b', name)
  who.style.setProperty('--hue', bot ? '#9fb0c3' : `hsl(${hue} 85% 74%)`)
  item.append(who, text)
  return item
}

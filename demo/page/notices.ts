/** What the page tells in the middle of things: a banner while something is amiss, and a few words where one has come to. */
import { element, made, say } from './element.js'

const TOAST_MS = 2_400
/** What is over this soon is not worth a word. */
const PATIENCE_MS = 350

export class Notices {
  readonly #banner = element('banner', HTMLElement)
  readonly #toast = element('toast', HTMLElement)
  #amissSince: number | null = null
  #timer = 0

  /** What is amiss, or `null`. To be called again and again. */
  amiss(text: string | null, forGood: boolean): void {
    if (text === null) {
      this.#amissSince = null
      this.#banner.hidden = true
      return
    }
    this.#amissSince ??= performance.now()
    if (!forGood && performance.now() - this.#amissSince < PATIENCE_MS) return
    say(this.#banner, text)
    this.#banner.dataset['is'] = forGood ? 'bad' : 'wait'
    this.#banner.hidden = false
  }

  toast(title: string, text: string, colour: string): void {
    const owner = made('span', text, 'owner')
    owner.style.setProperty('--owner', colour)
    this.#toast.replaceChildren(made('b', title), owner)
    this.#toast.classList.add('shown')
    window.clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#toast.classList.remove('shown'), TOAST_MS)
  }
}

/** The buttons below: a sign each to show over one's head, and the boom. */
import { type Emote, EMOTES } from '../emotes.js'
import { element, made } from './element.js'
import { iconElement } from './emote-icons.js'

export function makeSigns(show: (emote: Emote) => void, boom: () => void): void {
  const bar = element('signs', HTMLElement)
  EMOTES.forEach((emote, i) => {
    const button = made('button')
    button.type = 'button'
    button.title = `${emote} (${i + 1})`
    button.setAttribute('aria-label', emote)
    button.append(iconElement(emote))
    button.addEventListener('click', () => {
      show(emote)
      // The space bar is for walking about, not for pressing it again.
      button.blur()
    })
    bar.append(button)
  })
  const button = made('button')
  button.type = 'button'
  button.title = 'boom (space)'
  button.setAttribute('aria-label', 'boom')
  button.append(boomIcon())
  button.addEventListener('click', () => {
    boom()
    button.blur()
  })
  bar.append(button)
}

function boomIcon(): SVGSVGElement {
  const svg = iconElement('bang')
  svg.replaceChildren(
    ...[3, 6.5, 10].map((radius) => {
      const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle')
      circle.setAttribute('cx', '12')
      circle.setAttribute('cy', '12')
      circle.setAttribute('r', String(radius))
      circle.setAttribute('fill', radius === 3 ? '#fff' : 'none')
      circle.setAttribute('stroke', '#ffffff')
      circle.setAttribute('stroke-opacity', String(1.15 - radius / 12))
      circle.setAttribute('stroke-width', '1.8')
      return circle
    }),
  )
  return svg
}

import { connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'

const me = (sessionStorage['me'] ??= crypto.randomUUID()) as string
const table = await connect<typeof app>('/', { token: me }).link('table/1')
let hand: readonly number[] = []

const nameOf = (card: number): string =>
  `${'♣♦♥♠'[card % 4]}${['2', '3', '4', '5', '6', '7', '8', '9', '10', 'J', 'Q', 'K', 'A'][card >> 2]}`

function show(): void {
  const { players, turn, table: played } = table.state
  element('status').textContent =
    turn === null ? `${players.length} at the table` : turn === me ? 'Your turn' : 'Their turn'
  element('lines').textContent = players
    .map(({ userId, cards, won }) => `${userId === me ? 'You' : 'They'}: ${won} won, ${cards} in hand`)
    .join('\n')
  element('table').textContent = played.map(({ card }) => nameOf(card)).join(' ')
  element('hand').replaceChildren(
    ...hand.map((card) => {
      const button = Object.assign(document.createElement('button'), {
        textContent: nameOf(card),
        disabled: turn !== me,
      })
      button.addEventListener('click', () => table.send('play', card))
      return button
    }),
  )
}
table.on('hand', (cards) => {
  hand = cards
  show()
})
table.onChange(show)
show()

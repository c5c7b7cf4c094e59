import { type ChannelLink, connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'
import type { match } from './app.js'

const me = crypto.randomUUID()
const connection = connect<typeof app>('/', { token: me })
const lobby = await connection.link('lobby')
let game: ChannelLink<typeof match> | null = null

element('find').addEventListener('click', () => lobby.send('find'))
lobby.on('matched', ({ id }) => void enter(id as `match/${string}`))
lobby.onChange(show)
show()

async function enter(id: `match/${string}`): Promise<void> {
  await game?.unlink()
  game = await connection.link(id)
  game.onChange(show)
  show()
}

function show(): void {
  const waiting = `${lobby.state.waiting} waiting, ${lobby.state.matches} matches so far`
  const { cells = [], turn, outcome, players = [] } = game?.state ?? {}
  const side = players[0] === me ? 'X' : 'O'
  element('status').textContent =
    game === null ? waiting : outcome ? `Over: ${outcome}` : turn === side ? `Your turn (${side})` : 'Their turn'
  element('board').replaceChildren(
    ...cells.map((cell, index) => {
      const button = Object.assign(document.createElement('button'), {
        textContent: cell || '·',
        ariaLabel: `Cell ${index + 1}: ${cell || 'free'}`,
        disabled: cell !== '',
      })
      button.addEventListener('click', () => game?.send('place', index))
      return button
    }),
  )
}

/** The page: links to the lobby, shows its state, and sends waves. */
import { connect } from 'centrum/client'
import type app from '../app.js'

const status = element('status')
const total = element('total')
const people = element('people')
const button = element('wave') as HTMLButtonElement

const connection = connect<typeof app>('/play')
const name = `guest ${Math.floor(Math.random() * 900 + 100)}`
connection.onStatus((now) => {
  status.textContent = now === 'connected' ? `You are ${name}.` : `${now} …`
})

const lobby = await connection.link('lobby', { options: { name } })
status.textContent = `You are ${name}.`
button.disabled = false
button.onclick = () => lobby.send('wave', { times: 1 })
lobby.onChange(show)
show()

function show(): void {
  total.textContent = String(lobby.state.total)
  people.replaceChildren(
    ...Object.entries(lobby.state.people).map(([id, person]) => {
      const item = document.createElement('li')
      item.textContent = `${person.name}${id === connection.clientId ? ' (you)' : ''}: ${person.waves}`
      return item
    }),
  )
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}

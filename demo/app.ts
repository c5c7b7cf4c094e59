/** The demo's app: areas and a lobby. Backs and fronts run it; the page and the bots take its types. */
import { defineApp } from 'centrum'
import { area } from './area.js'
import { lobby } from './lobby.js'
import { travellerOf } from './traveller.js'

export default defineApp({
  channels: { 'area/:name': area, lobby },
  authenticate: ({ token }) => travellerOf(token),
})

/** Seeds that found something once, each with what it was. */
import { testSeeds } from './seed-tests.js'

testSeeds(
  new Map([
    [14, 'an outcome that there was no room to tell was acknowledged'],
    [111, 'one that took over in a channel without beat heard nothing until something else happened'],
    [232, 'a link that became the processor late did not release the one that was chosen meanwhile'],
    [2006, 'what LINKED called processed had been refused, and nobody was told'],
    [40388, 'who came back as its grace ended was live for a moment in a state without it'],
    [40752, 'an event was heard behind others that had had no room'],
    [100017, 'what came on a newer link before it was let in was acknowledged, and rightly'],
    [200338, 'a client that stood still for longer than any one fault was held to have forgotten a request'],
    [101572, 'who had seen a later epoch than anybody else was stalled for good'],
  ]),
)

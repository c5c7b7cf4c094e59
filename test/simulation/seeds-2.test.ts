/** More seeds that are run with all tests. */
import { seedsFrom, testSeeds } from './seed-tests.js'

testSeeds(seedsFrom(31, 62, [33]))

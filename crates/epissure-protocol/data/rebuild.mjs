// Rebuilds communes.csv and former-communes.csv from the npm package
// @etalab/decoupage-administratif. See README.md in this folder.
//
//     npm pack @etalab/decoupage-administratif@6.0.0
//     tar xzf etalab-decoupage-administratif-6.0.0.tgz
//     node rebuild.mjs package/data/communes.json

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = process.argv[2]
if (!source) {
  console.error('usage: node rebuild.mjs path/to/communes.json')
  process.exit(2)
}

const entries = JSON.parse(readFileSync(source, 'utf8'))
const byType = (...types) => entries.filter(entry => types.includes(entry.type))

const current = byType('commune-actuelle')
const districts = byType('arrondissement-municipal')
const merged = byType('commune-deleguee', 'commune-associee')

const communes = [...current, ...districts].map(entry => [
  entry.code,
  entry.nom,
  (entry.codesPostaux ?? []).join(' '),
  entry.commune ?? ''
])

// A merged commune that kept its code is listed too, when its name differs:
// addresses still carry that name.
const nameOf = new Map(current.map(entry => [entry.code, entry.nom]))
const former = new Map()
for (const entry of current) {
  for (const code of entry.anciensCodes ?? []) {
    former.set(code, [code, '', entry.code])
  }
}
for (const entry of merged) {
  if (former.has(entry.code) || nameOf.get(entry.code) !== entry.nom) {
    // Where the seat and the list of old codes disagree (55273, 60455), the
    // seat is the present link.
    former.set(entry.code, [entry.code, entry.nom, entry.chefLieu])
  }
}

// Codes retired with a change of status, which the package does not have: Mayotte's before it became a department
// (2011), and those of two communes that left Guadeloupe (2007).
for (let number = 1; number <= 17; number++) {
  const end = String(number).padStart(2, '0')
  former.set(`985${end}`, [`985${end}`, '', `976${end}`])
}
former.set('97123', ['97123', '', '97701'])
former.set('97127', ['97127', '', '97801'])

write('communes.csv', ['insee', 'name', 'postcodes', 'parent'], communes)
write('former-communes.csv', ['insee', 'name', 'current'], [...former.values()])

function write(file, header, rows) {
  // The lookup is a binary search: the order of the bytes of the code matters.
  rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  for (const [i, row] of rows.entries()) {
    if (row.some(cell => /[;\n"]/.test(cell))) throw new Error(`unsafe cell in ${row}`)
    if (i > 0 && rows[i - 1][0] === row[0]) throw new Error(`duplicate code ${row[0]}`)
    if (!nameOf.has(row.at(-1)) && file === 'former-communes.csv') {
      throw new Error(`former commune ${row[0]} leads nowhere`)
    }
  }
  const text = [header, ...rows].map(row => row.join(';').replace(/;$/, '')).join('\n') + '\n'
  writeFileSync(fileURLToPath(new URL(file, import.meta.url)), text)
  console.log(`${file}: ${rows.length} rows, ${Buffer.byteLength(text)} bytes`)
}

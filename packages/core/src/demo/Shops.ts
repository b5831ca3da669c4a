/**
 * Shops: where a Norwegian household leaves its money, what it tends to cost there, and how the bank writes it.
 */
export interface Shop {
  readonly text: string
  /** Whole kroner, both ends included. */
  readonly least: number
  readonly most: number
  /** How often, against the others of its list. */
  readonly weight: number
}

const shop = (text: string, least: number, most: number, weight = 1): Shop => ({ text, least, most, weight })

export const groceries: ReadonlyArray<Shop> = [
  shop("KIWI 505 TORSHOV", 48, 420, 8),
  shop("REMA 1000 SAGENE", 55, 460, 7),
  shop("COOP EXTRA STORO", 70, 520, 4),
  shop("MENY RINGNES PARK", 90, 640, 3),
  shop("JOKER BENTSEBRUA", 35, 180, 2),
  shop("BUNNPRIS BJØLSEN", 40, 220, 2),
  shop("VINMONOPOLET OSLO STORO", 190, 720, 1),
  shop("NARVESEN 703 OSLO S", 29, 118, 2),
  shop("7-ELEVEN 7081 OSLO", 32, 109, 1)
]

export const weekendGroceries: ReadonlyArray<Shop> = [
  shop("COOP OBS HAUGENSTUA", 620, 1720, 2),
  shop("MENY RINGNES PARK", 480, 1380, 3),
  shop("REMA 1000 SAGENE", 420, 1290, 4),
  shop("KIWI 505 TORSHOV", 380, 1100, 3),
  shop("ODA.COM OSLO", 890, 1840, 1)
]

export const dining: ReadonlyArray<Shop> = [
  shop("KAFFEBRENNERIET TORSHOV", 49, 138, 6),
  shop("ESPRESSO HOUSE STORO", 52, 149, 4),
  shop("BAKER HANSEN SAGENE", 45, 189, 4),
  shop("GODT BRØD GRÜNERLØKKA", 58, 174, 3),
  shop("PEPPES PIZZA STORO", 349, 789, 1),
  shop("MCDONALDS STORO", 89, 312, 2),
  shop("WOLT OSLO", 229, 546, 2),
  shop("FOODORA OSLO", 214, 498, 2),
  shop("BISLETT KEBAB HOUSE", 119, 268, 1),
  shop("LOS TACOS GRÜNERLØKKA", 310, 742, 1),
  shop("EUREST KANTINE NYDALEN", 48, 96, 6)
]

export const transport: ReadonlyArray<Shop> = [
  shop("CIRCLE K SINSEN", 480, 940, 3),
  shop("UNO-X STORO", 420, 890, 2),
  shop("EASYPARK AS", 24, 148, 7),
  shop("RUTER ENKELTBILLETT", 42, 84, 3),
  shop("VY APP", 119, 438, 1),
  shop("BOLT.EU/O/2407", 118, 326, 2),
  shop("VOI NO OSLO", 21, 62, 2),
  shop("APCOA PARKING OSLO CITY", 60, 190, 1),
  shop("RECHARGE AS SINSEN", 140, 360, 1)
]

export const shopping: ReadonlyArray<Shop> = [
  shop("CLAS OHLSON STORO", 79, 649, 3),
  shop("H&M STORO", 149, 899, 3),
  shop("CUBUS STORO", 99, 549, 2),
  shop("EUROPRIS ALNABRU", 89, 612, 3),
  shop("NILLE STORO", 49, 279, 2),
  shop("IKEA FURUSET", 249, 2890, 1),
  shop("ELKJØP STORO", 199, 2490, 1),
  shop("XXL STORO", 199, 1590, 1),
  shop("NORLI STORO", 129, 499, 2),
  shop("ZALANDO", 299, 1490, 2),
  shop("BILTEMA ALNABRU", 69, 790, 1),
  shop("PLANTASJEN ALNA", 99, 690, 1),
  shop("FINN.NO TORGET", 150, 1100, 1),
  shop("NORMAL STORO", 45, 260, 2),
  shop("LINDEX STORO", 129, 649, 1)
]

export const gifts: ReadonlyArray<Shop> = [
  shop("LEKIA STORO", 149, 899, 2),
  shop("ARK STORO", 199, 649, 3),
  shop("KREMMERHUSET STORO", 129, 599, 2),
  shop("KICKS STORO", 199, 890, 2),
  shop("KITCHN STORO", 149, 1290, 1),
  shop("OUTLAND OSLO", 179, 790, 1),
  shop("BIK BOK STORO", 199, 699, 1),
  shop("GULLFUNN STORO", 299, 1690, 1)
]

export const entertainment: ReadonlyArray<Shop> = [
  shop("ODEON KINO OSLO", 149, 486, 3),
  shop("TICKETMASTER NORGE", 395, 1490, 1),
  shop("NORSK TIPPING", 50, 200, 4),
  shop("TEKNISK MUSEUM OSLO", 240, 480, 1),
  shop("STEAM PURCHASE", 49, 349, 1),
  shop("FROGNERBADET OSLO", 98, 310, 1),
  shop("OSLO VINTERPARK", 465, 930, 1)
]

export const health: ReadonlyArray<Shop> = [
  shop("APOTEK 1 TORSHOV", 59, 389, 5),
  shop("VITUSAPOTEK STORO", 49, 349, 3),
  shop("DR DROPIN BISLETT", 395, 990, 1),
  shop("SPECSAVERS STORO", 290, 1890, 1)
]

/** Shops that no list knows: a person will be asked. */
export const unknown: ReadonlyArray<Shop> = [
  shop("TORGKROKEN DRIFT", 85, 540, 3),
  shop("LILLE FRØKEN FIN", 149, 799, 2),
  shop("SALONG KRØLL TORSHOV", 590, 1190, 2),
  shop("HØNSEHAUGEN GÅRDSUTSALG", 120, 480, 1)
]

/** Paid by credit card on the yearly journey: amounts in the currency of the place. */
export interface Abroad extends Shop {
  readonly currency: string
}

const abroad = (currency: string, text: string, least: number, most: number, weight = 1): Abroad => ({
  ...shop(text, least, most, weight),
  currency
})

export const crete: ReadonlyArray<Abroad> = [
  abroad("EUR", "LIDL HELLAS CHANIA", 18, 74, 4),
  abroad("EUR", "SHELL CHANIA", 30, 62, 1),
  abroad("EUR", "STARBUCKS CHANIA", 6, 19, 2),
  abroad("EUR", "TAVERNA TO PALIO LIMANI", 34, 96, 3),
  abroad("EUR", "ZARA CHANIA", 19, 89, 1),
  abroad("EUR", "HERTZ CHANIA AIRPORT", 210, 320, 1)
]

export const denmark: ReadonlyArray<Abroad> = [
  abroad("DKK", "NETTO BILLUND", 95, 480, 3),
  abroad("DKK", "LEGOLAND BILLUND", 420, 1380, 2),
  abroad("DKK", "FØTEX VEJLE", 140, 520, 2),
  abroad("DKK", "CIRCLE K VEJLE", 380, 640, 1),
  abroad("DKK", "7-ELEVEN KØBENHAVN", 42, 118, 2),
  abroad("DKK", "TIVOLI GARDENS KØBENHAVN", 310, 890, 1),
  abroad("DKK", "LAGKAGEHUSET KØBENHAVN", 68, 184, 2)
]

export const people: ReadonlyArray<string> = [
  "Ingrid Solheim",
  "Jonas Bakken",
  "Kari Anne Moen",
  "Mohamed Farah",
  "Silje Haugen",
  "Per Olav Lunde",
  "Camilla Nygård",
  "Henrik Strand"
]

/** As many names of small businesses as anyone asks for, none of them a chain. */
export const smallBusinesses: { readonly first: ReadonlyArray<string>; readonly last: ReadonlyArray<string> } = {
  first:
    "BRATLI FURULY KVERNDAL LYNGHEIM SOLTUN BEKKELIA HAUGTUN KVISTAD MYRLUND STEINSLETT TORPEHAUG VASSBOTN BRENNTUN EIKELI FOSSTUN GRANÅSEN".split(
      " "
    ),
  last: "HANDEL|DRIFT|INTERIØR|SALONG|KLINIKK|VERKSTED|GÅRDSMAT|ATELIER|HÅNDVERK|VELVÆRE|GATEKJØKKEN|SERVICE|TRANSPORT|KERAMIKK|BRYGGERI|ROM & GAVE".split(
    "|"
  )
}

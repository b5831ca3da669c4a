/**
 * Shops: where people in Norway leave their money, what they tend to leave, and how much that varies there. Medians and spreads are
 * believable rather than measured: a top-up of groceries is some 150 kr and a week's some 900, a café one of a few prices, and an
 * electronics shop anything from a cable to a television.
 */
export interface Shop {
  readonly name: string
  /** Kroner. */
  readonly median: number
  /** Standard deviation of the logarithm: 0.15 for petrol by the tank, 1 where both cables and televisions are sold. */
  readonly spread: number
}

/** `NAME/median/spread` each, between bars. */
const shops = (text: string): ReadonlyArray<Shop> =>
  text.split("|").map((entry) => {
    const [name, median, spread] = entry.trim().split("/") as [string, string, string]
    return { name, median: Number(median), spread: Number(spread) }
  })

export const groceries = shops(
  "KIWI/165/.55|REMA 1000/190/.55|COOP EXTRA/210/.55|MENY/260/.6|JOKER/95/.5|BUNNPRIS/120/.5|SPAR/180/.5|COOP PRIX/130/.5|EUROSPAR/230/.55|COOP MEGA/220/.55|LIEN LANDHANDEL/110/.5|SULTAN FRUKT OG GRØNT/140/.5|ØSTLI DAGLIGVARE/150/.5"
)
export const bigGroceries = shops(
  "COOP OBS/980/.4|MENY/860/.4|REMA 1000/840/.4|KIWI/760/.4|ODA.COM/1240/.3|COOP EXTRA/890/.4|SPAR/720/.4"
)
export const kiosks = shops("NARVESEN/62/.4|7-ELEVEN/58/.4|MIX KIOSK/70/.4|DELI DE LUCA/85/.4")
export const cafes = shops(
  "KAFFEBRENNERIET/62/.2|ESPRESSO HOUSE/66/.2|BAKER HANSEN/72/.25|GODT BRØD/68/.25|STOCKFLETHS/60/.2|DROMEDAR KAFFEBAR/64/.2|KAFFE OG KLEM/58/.2|JACOB AALLS BAKERI/70/.25"
)
export const canteens = [
  "EUREST KANTINE",
  "ISS FACILITY KANTINE",
  "COMPASS GROUP KANTINE",
  "TOMA MAT KANTINE",
  "KANTINA PÅ BRYGGA"
]
export const eatingOut = shops(
  "PEPPES PIZZA/470/.35|MCDONALDS/148/.4|BURGER KING/152/.35|WOLT/310/.3|FOODORA/295/.3|EGON/520/.35|SUSHI POINT/340/.35|BISLETT KEBAB HOUSE/165/.25|DINNER HJØRNET/620/.35|TRATTORIA LUCCA/780/.35|BURGERMAKERIET/260/.3|BRYGGERIKJELLEREN/430/.45|PIZZABAKEREN/245/.25|DOMINOS PIZZA/270/.25|ØLHALLEN PUB/310/.5"
)
export const petrol = shops("CIRCLE K/720/.25|UNO-X/640/.25|ESSO/690/.25|YX/600/.3|SHELL/700/.25|BEST STASJON/580/.25")
export const charging = shops("RECHARGE/195/.4|MER NORWAY/185/.4|TESLA SUPERCHARGER/160/.4|ELTON MOBILITY/170/.4")
export const parking = shops("EASYPARK/42/.5|APCOA PARKING/68/.5|ONEPARK/55/.5|TIME PARK/60/.4")
export const taxis = shops("BOLT.EU/172/.35|UBER/185/.35|NORGESTAXI/320/.4|VOI/38/.3|RYDE/34/.3")
export const clothes = shops(
  "H&M/420/.55|CUBUS/340/.5|ZARA/520/.5|ZALANDO/740/.5|LINDEX/390/.5|DRESSMANN/610/.5|XXL/560/.7|SPORT OUTLET/380/.6|WEEKDAY/470/.45|BARNAS SKAP/310/.45"
)
export const things = shops(
  "CLAS OHLSON/210/.65|EUROPRIS/190/.6|NORMAL/125/.45|NILLE/140/.5|BILTEMA/260/.7|JULA/310/.7|PLANTASJEN/280/.6|JERNIA/270/.6|NORLI/240/.45|ARK/255/.45|OBS BYGG/480/.8|MAXBO/520/.8|FLYING TIGER/98/.5|TEMU.COM/160/.6|KAMUT HOBBY/170/.6|GARNHULEN/290/.5"
)
export const dear = shops("ELKJØP/900/1|POWER/850/1|KOMPLETT.NO/1100/.9|IKEA/780/.9|JYSK/420/.8")
export const pharmacies = shops("APOTEK 1/145/.55|VITUSAPOTEK/135/.55|BOOTS APOTEK/150/.55|FARMASIET/320/.45")
export const fun = shops(
  "ODEON KINO/290/.35|NORDISK FILM KINO/280/.35|NORSK TIPPING/120/.4|STEAM PURCHASE/189/.6|TICKETMASTER/890/.4|TUSENFRYD/640/.4|BADELAND/260/.3|BOWLING 1/380/.35|PLAYSTATION NETWORK/249/.5|KLATREVERKET/165/.1"
)
export const wine = shops("VINMONOPOLET/310/.5")
export const hair = ["CUTTERS", "SALONG KRØLL", "FRISØR MONA", "NIKITA HAIR", "BARBER HASSAN", "SAKS OG SÅNN"]

export const gifts = shops(
  "LEKIA/420/.5|EXTRA LEKER/350/.5|KICKS/460/.45|KITCHN/520/.5|GULLFUNN/890/.5|KREMMERHUSET/360/.45|PRINCESS/480/.5|GLASSMAGASINET/560/.5|OUTLAND/380/.45|TEAKS TE OG KAFFE/260/.4"
)

/** Once a year or less, large, and quite in order; `card` of a hundred are paid by card and the others by a bill. */
export const onceInAWhile: ReadonlyArray<{
  readonly names: ReadonlyArray<string>
  readonly least: number
  readonly most: number
  readonly card: number
}> = [
  { names: ["TANNLEGE HOLM", "ORIS DENTAL", "TANNHELSESENTERET", "COLOSSEUM TANNLEGE"], least: 890, most: 6400, card: 80 },
  { names: ["MEKONOMEN", "SULLAND BIL", "BILIA", "KVIK-FIX BILVERKSTED", "MØLLER BIL"], least: 1900, most: 9800, card: 75 },
  { names: ["DEKKMANN", "VIANOR", "EURODEKK"], least: 690, most: 6800, card: 80 },
  { names: ["BOHUS", "SKEIDAR", "FAGMØBLER", "IKEA", "JYSK"], least: 2400, most: 13_500, card: 60 },
  { names: ["ELKJØP", "POWER", "KOMPLETT.NO", "APPLE STORE"], least: 2200, most: 12_000, card: 75 },
  { names: ["SPECSAVERS", "BRILLELAND", "SYNSAM"], least: 1200, most: 5600, card: 85 },
  { names: ["ANICURA DYRESYKEHUS", "EVIDENSIA DYREKLINIKK", "DYRLEGE BERGE"], least: 850, most: 5200, card: 85 },
  { names: ["VOLVAT", "ALERIS", "DR DROPIN", "FYSIOTERAPI SENTRUM"], least: 650, most: 3400, card: 85 },
  { names: ["SPORT1", "MILRAB", "G-SPORT", "BIRK SPORT"], least: 1300, most: 7900, card: 80 },
  { names: ["RØRLEGGER NILSEN AS", "ELEKTRIKER'N AS", "BYGGMESTER VIK AS"], least: 2100, most: 14_000, card: 5 }
]

export interface Abroad {
  readonly currency: string
  /** Kroner for one, about. */
  readonly rate: number
  readonly hotel: string
  readonly shops: ReadonlyArray<Shop>
}

/** Medians in the currency of the place. */
export const abroad: ReadonlyArray<Abroad> = [
  {
    currency: "EUR",
    rate: 11.6,
    hotel: "HOTEL PLAYA SOL MALAGA",
    shops: shops(
      "MERCADONA MALAGA/38/.5|BAR EL PUERTO/24/.5|REPSOL MALAGA/52/.2|CHIRINGUITO LA OLA/41/.4|HELADERIA NIZA/9/.3|ALCAMPO/64/.5|FARMACIA SOL/14/.5"
    )
  },
  {
    currency: "EUR",
    rate: 11.7,
    hotel: "CHANIA BEACH APARTMENTS",
    shops: shops(
      "LIDL HELLAS/34/.5|TAVERNA TO LIMANI/46/.4|SHELL CHANIA/48/.2|COFFEE ISLAND/7/.3|ZARA CHANIA/55/.5|OLIVE PRESS SHOP/28/.5"
    )
  },
  {
    currency: "DKK",
    rate: 1.56,
    hotel: "COMWELL KØBENHAVN",
    shops: shops(
      "NETTO KØBENHAVN/145/.5|FØTEX/210/.5|LAGKAGEHUSET/78/.3|TIVOLI KØBENHAVN/420/.3|MAGASIN DU NORD/390/.6|WARPIGS/260/.4"
    )
  },
  {
    currency: "SEK",
    rate: 1.01,
    hotel: "SCANDIC GÖTEBORG",
    shops: shops(
      "ICA MAXI/480/.6|SYSTEMBOLAGET/390/.5|NORDBY SUPERMARKET/890/.6|LISEBERG/520/.4|ESPRESSO HOUSE GÖTEBORG/86/.3|MAX BURGERS/165/.3"
    )
  },
  {
    currency: "GBP",
    rate: 13.6,
    hotel: "PREMIER INN LONDON",
    shops: shops("TESCO EXPRESS/14/.5|TFL TRAVEL CHARGE/8/.3|PRET A MANGER/9/.3|PRIMARK/42/.6|THE RED LION/36/.4|HARRODS/58/.7")
  },
  {
    currency: "THB",
    rate: 0.3,
    hotel: "PHUKET LAGOON RESORT",
    shops: shops(
      "7-ELEVEN PHUKET/180/.5|BIG C/620/.5|SIAM MASSAGE/500/.2|MAMA NOODLE BAR/340/.4|GRAB TAXI/260/.4|CENTRAL FESTIVAL/1400/.6"
    )
  },
  {
    currency: "USD",
    rate: 10.5,
    hotel: "HAMPTON INN BROOKLYN",
    shops: shops("WALGREENS/22/.5|MTA SUBWAY/6/.3|SHAKE SHACK/24/.3|TARGET BROOKLYN/48/.6|KATZ DELI/38/.4|MACYS/84/.6")
  }
]
export const airlines = ["NORWEGIAN AIR", "SAS", "WIDERØE", "KLM", "RYANAIR"]
export const cabins = ["HYTTEUTLEIE GEILO", "STRANDA FJELLSTUE", "DNT BESTILLING", "BOOKING.COM", "CAMPING LOFOTEN", "THON HOTEL"]

export interface Town {
  readonly name: string
  readonly places: ReadonlyArray<string>
  readonly transit: string
  readonly ticket: number
  readonly monthly: number
  readonly toll: string
  readonly grid: string
}

const town = (
  name: string,
  places: string,
  transit: string,
  ticket: number,
  monthly: number,
  toll: string,
  grid: string
): Town => ({
  name,
  places: places.split(" "),
  transit,
  ticket,
  monthly,
  toll,
  grid
})

export const towns: ReadonlyArray<Town> = [
  town("OSLO", "TORSHOV SAGENE STORO GRÜNERLØKKA MAJORSTUEN BØLER NYDALEN", "RUTER", 44, 897, "Fjellinjen AS", "Elvia AS"),
  town("BERGEN", "LAGUNEN ÅSANE SANDVIKEN FYLLINGSDALEN NESTTUN DANMARKSPLASS", "SKYSS", 46, 850, "Ferde AS", "BKK AS"),
  town("TRONDHEIM", "MOHOLT LADE SOLSIDEN HEIMDAL BYÅSEN TILLER", "ATB", 45, 960, "Vegamot AS", "Tensio TS AS"),
  town("STAVANGER", "MADLA HILLEVÅG STORHAUG FORUS HUNDVÅG", "KOLUMBUS", 42, 650, "Ferde AS", "Lnett AS"),
  town("TROMSØ", "JEKTA LANGNES KROKEN TOMASJORD HAMNA", "SVIPPR", 41, 720, "Bompengeselskap Nord AS", "Arva AS"),
  town("KRISTIANSAND", "LUND VÅGSBYGD SØRLANDSSENTERET TINNHEIA", "AKT", 43, 690, "Ferde AS", "Glitre Nett AS"),
  town("DRAMMEN", "KONNERUD BRAGERNES GULSKOGEN STRØMSØ", "BRAKAR", 42, 740, "Fjellinjen AS", "Glitre Nett AS"),
  town("HAMAR", "CC STADION VANG RIDABU BRISKEBY", "INNLANDSTRAFIKK", 39, 620, "Vegfinans AS", "Elvia AS"),
  town("BODØ", "MØRKVED CITYNORD SALTVERN RØNVIK", "REIS NORDLAND", 38, 600, "Bompengeselskap Nord AS", "Arva AS"),
  town("ÅLESUND", "MOA SPJELKAVIK HESSA SENTRUM", "FRAM", 37, 560, "Vegamot AS", "Mørenett AS")
]

const firstNames =
  "Ingrid Jonas Kari Mohamed Silje Per Camilla Henrik Astrid Fatima Lars Marit Anders Sofie Even Nora Tor Hanne Yusuf Elin Magnus Ida Sindre Thea".split(
    " "
  )
const lastNames =
  "Solheim Bakken Moen Farah Haugen Lunde Nygård Strand Dahl Ali Berg Vik Eide Lien Hagen Aas Ruud Sunde Tangen Myhre".split(" ")
export const people: ReadonlyArray<string> = firstNames.flatMap((first) => lastNames.map((last) => `${first} ${last}`))

export const employers =
  "FJELLTUN REGNSKAP AS|BRYGGEVEIEN DESIGN AS|OSLO KOMMUNE|HELSE VEST RHF|NORDVIK BYGG AS|STATENS LØNNSTREKK|KYSTLAKS AS|SOLBERG SKOLE|TEKNOLAB NORGE AS|HAVNEN LOGISTIKK AS|MIDTBY TANNKLINIKK AS|UNIVERSITETET".split(
    "|"
  )

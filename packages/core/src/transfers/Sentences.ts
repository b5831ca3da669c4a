/** Why a transaction is one half of a transfer, in each language. */
export const sentences = {
  "transfer.number": {
    nb: "{number} står på begge linjene: pengene gikk mellom to av kontoene dine.",
    nn: "{number} står på begge linjene: pengane gjekk mellom to av kontoane dine.",
    en: "{number} is on both lines: the money went between two of your accounts."
  },
  "transfer.words": {
    nb: "Samme beløp gikk ut av en av kontoene dine {out} og inn på en annen {in}, og bankteksten sier flytting.",
    nn: "Same beløp gjekk ut av ein av kontoane dine {out} og inn på ein annan {in}, og bankteksten seier flytting.",
    en: "The same amount left one of your accounts on {out} and came to another on {in}, and the bank's text says it was moved."
  },
  "transfer.exchange": {
    nb: "Pengene gikk mellom to av kontoene dine, vekslet til kurs {rate:number}.",
    nn: "Pengane gjekk mellom to av kontoane dine, veksla til kurs {rate:number}.",
    en: "The money went between two of your accounts, exchanged at {rate:number}."
  },
  "transfer.user": {
    nb: "Du har sagt at pengene gikk mellom to av kontoene dine.",
    nn: "Du har sagt at pengane gjekk mellom to av kontoane dine.",
    en: "You said that the money went between two of your accounts."
  }
}

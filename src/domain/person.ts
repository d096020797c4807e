/** What nobody sees: format characters, fillers, variation selectors, noncharacters, controls that make no space. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Noncharacter_Code_Point}]|(?![\t-\r\u0085])\p{Cc}/gu;
/** Every kind of space, and the one Braille sign that looks like one. */
const SPACES = /[\s\p{Z}\u0085\u2800]+/gu;

/**
 * What two ways of writing a person's name have in common: it says who is meant, and is never shown or stored. Case,
 * kinds and number of spaces, spaces at the ends and invisible characters don't count, and NFKC makes one of letters
 * that differ in form only (full width, ligatures). It takes more names for the same than NFC: one that is refused is
 * seen, one that counts twice is not. Letters of another script that look alike are other letters.
 *
 * @param name - as it was typed
 * @returns empty when nothing in it can be seen: then it names nobody
 */
export function personKey(name: string): string {
  // first of all, or a mark between a letter and its accent would keep them apart
  const visible = name.replace(INVISIBLE, '').normalize('NFKC').replace(INVISIBLE, '');
  // by way of the capitals: ß is SS, both sigmas are one, and so are the four letters i of Turkish
  const folded = visible.toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll('i\u0307', 'i').replaceAll('ς', 'σ').replace(SPACES, ' ').trim();
}

/** Whether a name says who it is: there is one, and something in it can be seen. */
export function namesSomebody(name: string | null | undefined): name is string {
  return name != null && personKey(name) !== '';
}

/** Whether two names mean the same person; a name that nobody sees means nobody. */
export function isSamePerson(one: string, other: string): boolean {
  const key = personKey(one);
  return key !== '' && key === personKey(other);
}

/** Whether a person is among those named. */
export function isAmong(name: string, people: Iterable<string>): boolean {
  for (const one of people) if (isSamePerson(one, name)) return true;
  return false;
}

/** Each person once, as written the first time; names of nobody are left out. */
export function differentPeople(names: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const name of names.filter(namesSomebody)) if (!byKey.has(personKey(name))) byKey.set(personKey(name), name);
  return [...byKey.values()];
}

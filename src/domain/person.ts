/**
 * Characters that nobody sees: format characters, fillers, variation selectors, noncharacters, controls that make no
 * space.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Noncharacter_Code_Point}]|(?![\t-\r\u0085])\p{Cc}/gu;
/** Every kind of space, and the one Braille sign that looks like one. */
const SPACES = /[\s\p{Z}\u0085\u2800]+/gu;

/**
 * The part that two ways of writing a person's name have in common. It says who is meant, and is never shown or stored.
 * Case, kinds and number of spaces, spaces at the ends and invisible characters don't count. NFKC makes letters equal
 * that differ only in form (full width, ligatures). It makes more names equal than NFC does. That is the safer mistake:
 * a person sees that their name is refused, but nobody would see that one person counts twice. Letters of another
 * script that look alike stay different.
 *
 * @param name - as it was typed
 * @returns an empty text when nothing in the name can be seen: then it names nobody
 */
export function personKey(name: string): string {
  // this comes first: otherwise such characters would keep a letter and its accent apart
  const visible = name.replace(INVISIBLE, '').normalize('NFKC').replace(INVISIBLE, '');
  // it goes by the capitals, because ß is SS, both sigmas are one, and so are the four letters i of Turkish
  const folded = visible.toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll('i\u0307', 'i').replaceAll('ς', 'σ').replace(SPACES, ' ').trim();
}

/** Whether a name says who it is: it must have something that can be seen. */
export function namesSomebody(name: string | null | undefined): name is string {
  return name != null && personKey(name) !== '';
}

/** Whether two names mean the same person. A name in which nothing can be seen means nobody. */
export function isSamePerson(one: string, other: string): boolean {
  const key = personKey(one);
  return key !== '' && key === personKey(other);
}

/** Whether a person is in a list of names. */
export function isAmong(name: string, people: Iterable<string>): boolean {
  for (const one of people) if (isSamePerson(one, name)) return true;
  return false;
}

/** Each person once, as written the first time. Names that mean nobody are left out. */
export function differentPeople(names: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const name of names.filter(namesSomebody)) if (!byKey.has(personKey(name))) byKey.set(personKey(name), name);
  return [...byKey.values()];
}
